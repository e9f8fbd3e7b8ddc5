"""Reports and closed cases to learn from: sentences put together from parts, the same on every machine, some with a wrong label."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point

from zhujian.boards.city_management.command.models import Case, DuplicateProposal, Report

COUNTY = "420106000000"
PARTS = {
    ("event", "0110"): (("垃圾桶旁边", "小区门口", "菜市场后面", "围墙根"), ("堆了好多生活垃圾", "垃圾袋没人收", "剩饭剩菜一地"), ("味道很大", "苍蝇到处飞", "请尽快清走")),
    ("event", "0113"): (("人行道上", "主路中间", "公交站前", "辅道"), ("路面坑洼", "地砖松动破损", "沥青开裂"), ("骑车容易摔", "积水看不清", "已经好几天了")),
    ("event", "0405"): (("水果店", "小超市", "早餐铺", "五金店"), ("把货摆到人行道上卖", "店外摆桌椅经营", "占着门前空地"), ("行人没法走", "推婴儿车过不去", "天天这样")),
    ("component", "0137"): (("路口", "巷子里", "公园边上", "学校门口"), ("路灯不亮", "路灯杆歪了", "路灯一闪一闪"), ("晚上很黑", "老人不敢走", "麻烦修一下")),
    ("component", "0102"): (("机动车道上", "小区出口", "路边", "斑马线旁"), ("污水井盖破了", "井盖翘起来", "井盖不见了"), ("车压上去咣当响", "怕有人掉下去", "很危险")),
}  # fmt: skip
ORGS = {"0110": "11420106MD0000001A", "0113": "11420106MD0000002B", "0405": "11420106MD0000001A", "0137": "11420106MD0000003C",
        "0102": "11420106MD0000002B"}  # fmt: skip


def text(pick: random.Random, key: tuple[str, str]) -> str:
    """One sentence about a class, with a number that must not be learned."""
    where, what, why = (pick.choice(part) for part in PARTS[key])
    return f"{where}{what}，{why}，联系13{pick.randrange(10**8, 10**9)}"


def fill(count: int, until: datetime, *, noise: float = 0.05, grids: int = 12) -> list[Report]:
    """`count` reports over the year before `until`, each registered and closed; a share of `noise` with another class."""
    pick, keys = random.Random(20260101), list(PARTS)
    cases, reports = [], []
    for i in range(count):
        key = keys[i % len(keys)]
        said = pick.choice(keys) if pick.random() < noise else key
        at = until - timedelta(days=364) * (1 - i / count)
        grid = int(pick.triangular(1, grids + 1, 1))
        cases.append(
            Case(
                number=f"4201062026{i:09d}", state="closed", close_kind="normal", kind=said[0], class_code=said[1], description=text(pick, key),
                location=Point(114.33, 30.55, srid=4490), source="public_web", reported_at=at, region_code=COUNTY, org_code=ORGS[said[1]],
                grid_code=f"420106001001{grid:03d}",
            )
        )  # fmt: skip
        reports.append(
            Report(
                number=f"R42010626{i:011d}", source="public_web", description=text(pick, key), location=Point(114.33, 30.55, srid=4490),
                captured_at=at, received_at=at, state="registered", region_code=COUNTY, grid_code=f"420106001001{grid:03d}",
            )
        )  # fmt: skip
    for report, case in zip(reports, Case.objects.bulk_create(cases, batch_size=500), strict=True):
        report.case = case
    return Report.objects.bulk_create(reports, batch_size=500)


def decisions(count: int, until: datetime) -> list[DuplicateProposal]:
    """Proposals that people decided: near, soon and alike in words were merged, with a few slips."""
    pick, keys = random.Random(7), list(PARTS)
    rows = []
    for i in range(count):
        same = pick.random() < 0.5
        key = keys[i % len(keys)]
        other = key if same else keys[(i + 1) % len(keys)]
        at = until - timedelta(hours=count - i)
        case = Case.objects.create(
            number=f"4201062025{i:09d}", state="closed", close_kind="normal", kind=other[0], class_code=other[1], description=text(pick, other),
            location=Point(114.33, 30.55, srid=4490), source="patrol", reported_at=at - timedelta(hours=pick.uniform(0, 12 if same else 200)),
            region_code=COUNTY,
        )  # fmt: skip
        report = Report.objects.create(
            number=f"D42010626{i:011d}", source="public_web", description=text(pick, key), location=Point(114.33, 30.55, srid=4490),
            captured_at=at, received_at=at, state="merged" if same else "registered", region_code=COUNTY,
        )  # fmt: skip
        merged = same if pick.random() > 0.03 else not same
        rows.append(
            DuplicateProposal.objects.create(
                report=report, case=case, distance_m=pick.uniform(0, 15 if same else 30), score=50,
                decision="merge" if merged else "apart", decided_at=at, region_code=COUNTY,
            )
        )  # fmt: skip
    return rows
