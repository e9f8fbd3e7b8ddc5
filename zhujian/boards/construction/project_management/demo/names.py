"""Believable names, places and sizes for demonstration projects. Deterministic: the same seed gives the same province."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

HOUSING = ("滨江花园", "江城印象", "书香雅苑", "翠湖名邸", "金桂家园", "东湖春晓", "荆楚人家", "清江明珠", "云梦新城", "汉水华庭")
PUBLIC = (
    "第三人民医院扩建",
    "实验小学新建",
    "文化艺术中心",
    "体育馆改造",
    "养老服务中心",
    "公共卫生应急中心",
    "图书馆新馆",
    "职业技术学院实训楼",
)
LINES = ("滨湖大道改造", "污水主干管网", "老旧燃气管网更新", "城区雨污分流", "江堤路综合管廊", "二环线快速化", "供水管网互联互通")
INDUSTRY = ("智能制造产业园标准厂房", "冷链物流仓储", "新材料生产基地", "光电子器件厂房", "农产品加工车间", "装备再制造基地")
FITOUT = ("政务服务大厅装修", "商业综合体装饰", "老办公楼加层改造", "酒店室内装饰", "历史建筑修缮")


@dataclass(frozen=True)
class Kind:
    """A sort of project: its names and what follows from it."""

    names: tuple[str, ...]
    weight: int
    values: dict[str, Any]
    gfa: tuple[int, int]
    invest: tuple[int, int]


KINDS = (
    Kind(HOUSING, 38, {"invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING", "land_mode": "GRANTED", "nature": "NEW",
                       "is_residential": True, "is_presale": True, "has_civil_defence": True, "category": "01", "eia_class": "REGISTRATION"}, (20_000, 220_000), (12_000, 180_000)),
    Kind(PUBLIC, 18, {"invest_type": "GOV", "object_kind": "BUILDING", "approval_mode": "APPROVAL", "land_mode": "ALLOCATED", "nature": "NEW",
                      "fire_special": True, "category": "01", "eia_class": "TABLE"}, (4_000, 90_000), (3_000, 90_000)),
    Kind(LINES, 18, {"invest_type": "GOV", "object_kind": "MUNI_LINE", "approval_mode": "APPROVAL", "land_mode": "ALLOCATED", "nature": "NEW",
                     "category": "02", "eia_class": "TABLE"}, (0, 0), (1_500, 60_000)),
    Kind(INDUSTRY, 16, {"invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING", "land_mode": "GRANTED", "nature": "NEW",
                        "low_risk": True, "usage": "310", "category": "01", "eia_class": "REGISTRATION"}, (1_500, 9_800), (800, 9_000)),
    Kind(FITOUT, 10, {"invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING", "land_mode": "OWNED", "nature": "FIT_OUT",
                      "category": "01", "eia_class": "EXEMPT"}, (600, 16_000), (200, 4_000)),
)  # fmt: skip


def projects(
    counties: list[tuple[str, str]], firms: list[tuple[str, str]], number: int, on: date, seed: int = 2026
) -> Iterator[dict[str, Any]]:
    """`number` rows of project values spread over `counties` (code, name), developed by `firms` (USCC, name), up to day `on`."""
    draw = random.Random(seed)
    for serial in range(number):
        code, name = draw.choice(counties)
        kind = draw.choices(KINDS, [k.weight for k in KINDS])[0]
        firm_code, firm_name = draw.choice(firms)
        registered = on - timedelta(days=draw.randrange(20, 1500))
        start = registered + timedelta(days=draw.randrange(120, 300))
        finish = start + timedelta(days=draw.randrange(200, 900))
        base = draw.choice(kind.names)
        phase = draw.choice(("", "（一期）", "（二期）", "工程", "项目"))
        area = Decimal(draw.randrange(*kind.gfa)) if kind.gfa[1] else None
        yield {
            **kind.values,
            "code": f"{registered:%y%m}-{code[:6]}-01-0{draw.randrange(1, 6)}-{serial:06d}",
            "name": f"{name}{base}{phase}", "region_code": code, "gfa_m2": area,
            "length_m": Decimal(draw.randrange(800, 12_000)) if kind.values["object_kind"] == "MUNI_LINE" else None,
            "total_investment_wan": Decimal(draw.randrange(*kind.invest)), "address": f"{name}{draw.choice(('建设', '人民', '沿江', '解放', '长虹'))}路{draw.randrange(1, 400)}号",
            "developer_code": firm_code, "developer_name": firm_name, "planned_start": start, "planned_end": finish,
        }  # fmt: skip
