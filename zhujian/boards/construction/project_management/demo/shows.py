"""The projects of the demonstration that are walked through the real process, and where each of them stands. Data only.

The walk goes on to the end of stage `stop` (empty: the whole life). A task is left open when `hold` names its place in a step
(``"C07:decide"``) or, outside steps, its node. `choose` picks an unfavourable outcome at the first visit of a place, with the words of the official.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

BASE: dict[str, Any] = {
    "category": "01", "object_kind": "BUILDING", "nature": "NEW", "planned_start": date(2026, 3, 1), "planned_end": date(2028, 6, 30),
}  # fmt: skip
HOUSING = {
    **BASE, "invest_type": "ENT", "approval_mode": "FILING", "land_mode": "GRANTED", "eia_class": "REGISTRATION", "usage": "100",
    "is_residential": True, "is_presale": True, "has_civil_defence": True,
}  # fmt: skip
PUBLIC = {
    **BASE, "invest_type": "GOV", "approval_mode": "APPROVAL", "land_mode": "ALLOCATED", "eia_class": "TABLE", "fire_special": True,
    "has_civil_defence": True, "usage": "240",
}  # fmt: skip
LINE = {
    **BASE, "invest_type": "GOV", "approval_mode": "APPROVAL", "land_mode": "ALLOCATED", "eia_class": "TABLE",
    "object_kind": "MUNI_LINE", "category": "02", "usage": "520",
}  # fmt: skip
FACTORY = {
    **BASE, "invest_type": "ENT", "approval_mode": "FILING", "land_mode": "GRANTED", "eia_class": "REGISTRATION", "low_risk": True,
    "usage": "310",
}  # fmt: skip
FITOUT = {
    **BASE, "invest_type": "ENT", "approval_mode": "FILING", "land_mode": "OWNED", "eia_class": "EXEMPT", "nature": "FIT_OUT",
    "usage": "220",
}  # fmt: skip
CONDITIONS = (
    "utilities_needed", "tender_required", "has_high_risk_works", "has_lifting_machines", "site_permits_needed", "has_property_service",
)  # fmt: skip
CHUYUAN, JIANGHAN, CHENGJIAN = "湖北楚源置业有限公司", "武汉江汉朝阳房地产开发有限公司", "武汉市城建项目建设管理有限公司"
XIAJIANG = "宜昌峡江城市投资有限公司"


@dataclass(frozen=True)
class Show:
    """One project to look at; areas in m², investment in 万元, place in degrees.

    `aged`: step → days by which what happened in it is set back, so that clocks show every colour. `paused`: place → special
    procedure that stops its clock. `urged`: place → words of the supervisor.
    """

    name: str
    region: str
    developer: str
    values: dict[str, Any]
    stop: str
    gfa: int
    invest: int
    at: tuple[float, float]
    address: str
    hold: tuple[str, ...] = ()
    choose: dict[str, tuple[str, str]] = field(default_factory=dict)
    aged: dict[str, int] = field(default_factory=dict)
    paused: dict[str, tuple[str, str]] = field(default_factory=dict)
    urged: dict[str, str] = field(default_factory=dict)
    conditions: tuple[str, ...] = CONDITIONS


SHOWS = (
    Show(
        "汉口滨江国际社区一期", "420102000000", CHUYUAN, HOUSING, "P4", 86_400, 68_000, (114.3046, 30.6031), "江岸区沿江大道168号",
        hold=("D03:confirm", "D04:enter", "D05:enter", "D06:rectify", "D07:confirm", "D08:enter", "D09:enter", "D10:enter"),
        choose={
            "D06:inspect": ("rectify", "3号塔吊附墙件螺栓松动，限三日内整改并书面回复。"),
            "D03:enter": ("submit", ""), "D07:enter": ("submit", ""),
        },
    ),
    Show(
        "武昌滨江商务住宅二期", "420106000000", CHUYUAN, HOUSING, "P3", 52_300, 41_000, (114.3185, 30.5732), "武昌区临江大道96号",
        hold=("C07:decide",), aged={"C07": 12}, urged={"C07:decide": "施工许可已超过承诺时限，请今日办结并说明原因。"},
    ),
    Show(
        "江岸后湖花园住宅", "420102000000", CHUYUAN, HOUSING, "P2", 64_800, 47_500, (114.2882, 30.6489), "江岸区后湖大道52号",
        hold=("B01:supplement", "B05:review", "B06:confirm"),
        choose={"B01:accept": ("supplement", "总平面图缺少日照分析，绿地率计算书未加盖设计单位公章，请一次补齐。")}, aged={"B05": 9},
    ),
    Show(
        "武昌区妇幼保健院新院区", "420106000000", CHENGJIAN, PUBLIC, "P2", 42_300, 39_800, (114.3312, 30.5348), "武昌区白沙洲大道215号",
        hold=("B01:rectify", "B03:review", "B05:review", "B06:confirm"),
        choose={"B01:review": ("reject", "消防车道转弯半径不足，不符合规划条件。"), "B01:decide": ("reject", "同意不予通过意见，整改后可重新申报。")},
        aged={"B03": 5}, paused={"B03:review": ("expert_review", "概算专家评审")},
    ),
    Show(
        "江岸区实验小学改扩建", "420102000000", CHENGJIAN, PUBLIC, "P1", 18_600, 12_400, (114.3121, 30.6213), "江岸区解放大道1357号",
        hold=("A04:accept", "A08:review"), aged={"A08": 14},
    ),
    Show(
        "汉阳区全民健身中心", "420105000000", CHENGJIAN, PUBLIC, "P1", 24_500, 19_600, (114.2312, 30.5389), "汉阳区琴台大道55号",
        hold=("A05:decide", "A08:accept"), aged={"A05": 9},
    ),
    Show(
        "江岸丹水池家园", "420102000000", JIANGHAN, HOUSING, "P1", 48_700, 36_200, (114.3402, 30.6523), "江岸区解放大道2159号",
        hold=("A13:review", "A08:accept"), aged={"A13": 1},
    ),
    Show(
        "汉阳四新智慧产业园", "420105000000", JIANGHAN, FACTORY, "P3", 9_600, 7_200, (114.2203, 30.5128), "汉阳区四新大道88号",
        hold=("C04:confirm", "C05:confirm"), aged={"C04": 1},
    ),
    Show(
        "汉阳知音商业广场装修", "420105000000", JIANGHAN, FITOUT, "P3", 6_800, 2_100, (114.2690, 30.5522), "汉阳区鹦鹉大道33号",
        hold=("C07:decide",), aged={"C07": 8},
    ),
    Show(
        "汉阳王家湾商场装修", "420105000000", JIANGHAN, FITOUT, "P4", 5_900, 1_900, (114.2021, 30.5583), "汉阳区龙阳大道58号",
        hold=("D06:inspect", "D05:enter", "D09:enter"),
    ),
    Show(
        "东湖路片区排水管网改造", "420106000000", CHENGJIAN, LINE, "P1", 0, 12_600, (114.3620, 30.5560), "武昌区东湖路",
        hold=("A13:decide", "A04:decide"), aged={"A04": 9},
    ),
    Show(
        "洪山光电标准厂房二期", "420111000000", JIANGHAN, FACTORY, "P3", 8_200, 6_100, (114.4011, 30.4987), "洪山区民族大道88号",
        hold=("C07:decide",), aged={"C07": 5},
    ),
    Show(
        "伍家岗滨江酒店装修改造", "420503000000", XIAJIANG, FITOUT, "P3", 7_400, 2_600, (111.3560, 30.6440), "伍家岗区沿江大道186号",
        hold=("C07:decide",), aged={"C07": 7},
    ),
    Show("西陵旧厂区公寓（已拆除）", "420502000000", XIAJIANG, HOUSING, "", 12_000, 5_400, (111.3009, 30.7120), "西陵区夷陵大道9号"),
    Show("江岸三阳路人才公寓", "420102000000", CHUYUAN, HOUSING, "P1", 31_500, 22_800, (114.3139, 30.6106), "江岸区三阳路27号", hold=("application_P1",)),
)  # fmt: skip
