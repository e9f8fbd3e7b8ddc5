"""CIM1–CIM7: what each level demands of a building, and which one it has reached. Pure.

CJJ/T 315-2022 names the levels; foundation.md §13 [B]. A level is declared per building *and* verified: the reached level is the highest
whose demands, and those of every level below it, are met.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason

TITLES = {
    1: "CIM1 地表模型", 2: "CIM2 框架模型", 3: "CIM3 标准模型", 4: "CIM4 精细模型", 5: "CIM5 功能级模型", 6: "CIM6 构件级模型", 7: "CIM7 零件级模型",
}  # fmt: skip
DEMANDS = {
    1: "在地表上有位置", 2: "有有效的轮廓，平面精度达到框架模型要求", 3: "有轮廓、高度和地面高程，平面精度达到标准模型要求", 4: "有带材质的外观模型，平面精度达到精细模型要求",
    5: "至少有一个楼层和一户", 6: "有已发布 BIM 版本中的构件", 7: "有已发布 BIM 版本中的零件",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of a building's model. Metres; None = not known. `storeys`: floors that hold units or stand in a published BIM version.

    `components` and `parts`: elements of published BIM versions of the building; `textured`: such a version or model has materials.
    """

    located: bool
    outline_valid: bool
    height_m: float | None = None
    base_m: float | None = None
    accuracy_m: float | None = None
    storeys: int = 0
    units: int = 0
    textured: bool = False
    components: int = 0
    parts: int = 0


@dataclass(frozen=True)
class Verdict:
    """One level: what it demands, and what is lacking (empty: met)."""

    level: int
    lacking: tuple[Reason, ...]

    @property
    def title(self) -> str:
        """``CIM3 标准模型``."""
        return TITLES[self.level]

    @property
    def demand(self) -> str:
        """What the level demands, in words."""
        return DEMANDS[self.level]

    @property
    def met(self) -> bool:
        """Whether nothing is lacking."""
        return not self.lacking


def _accuracy(facts: Facts, most: float) -> list[Reason]:
    if facts.accuracy_m is None:
        return [Reason("cim.accuracy_unknown", f"没有填写平面精度，本级要求不低于 {most:g} m，请按测绘成果补充。", "accuracy_m")]
    if facts.accuracy_m > most:
        return [
            Reason(
                "cim.accuracy",
                f"平面精度 {facts.accuracy_m:g} m，本级要求不低于 {most:g} m，需要更精确的测绘成果。",
                "accuracy_m",
            )
        ]
    return []


def _massing(facts: Facts) -> list[Reason]:
    found = []
    if not facts.outline_valid:
        found.append(Reason("cim.outline", "轮廓为空或边线自相交，请修正轮廓。", "outline"))
    if not facts.height_m:
        found.append(Reason("cim.height", "没有建筑高度，请补充。", "height_m"))
    if facts.base_m is None:
        found.append(Reason("cim.base", "没有地面高程（1985国家高程基准），请补充。", "base_m"))
    return found


def lacking(level: int, facts: Facts, accuracy: Mapping[int, float]) -> list[Reason]:
    """What `level` alone demands and `facts` lack. `accuracy`: metres that levels 2, 3 and 4 allow."""
    if level == 1:
        return [] if facts.located else [Reason("cim.place", "没有位置，请绘制轮廓。", "outline")]
    if level == 2:
        outline = [] if facts.outline_valid else [Reason("cim.outline", "轮廓为空或边线自相交，请修正轮廓。", "outline")]
        return outline + _accuracy(facts, accuracy[2])
    if level == 3:
        return _massing(facts) + _accuracy(facts, accuracy[3])
    if level == 4:
        texture = [] if facts.textured else [Reason("cim.texture", "没有带材质的外观模型，请提交 BIM 成果并发布。")]
        return texture + _accuracy(facts, accuracy[4])
    if level == 5:
        found = [] if facts.storeys else [Reason("cim.storey", "没有楼层，请建立楼盘表或发布含楼层的 BIM 版本。")]
        return found if facts.units else [*found, Reason("cim.unit", "没有户，请按层户模板生成楼盘表。")]
    if level == 6:
        return (
            []
            if facts.components
            else [Reason("cim.component", "没有已发布 BIM 版本中的构件，请提交 IFC 成果并通过审查、发布。")]
        )
    if level == 7:
        return (
            []
            if facts.parts
            else [Reason("cim.part", "已发布的 BIM 版本中没有零件（如钢筋、紧固件、构件零件），请提交深化模型。")]
        )
    raise ValueError(f"no CIM level {level}")


def judge(facts: Facts, accuracy: Mapping[int, float]) -> list[Verdict]:
    """All seven levels, from 1 up."""
    return [Verdict(level, tuple(lacking(level, facts, accuracy))) for level in TITLES]


def reached(facts: Facts, accuracy: Mapping[int, float]) -> int:
    """The verified level: 0 when not even CIM1 is met, else the highest with nothing lacking there or below."""
    level = 0
    while level < 7 and not lacking(level + 1, facts, accuracy):
        level += 1
    return level


__all__ = ["DEMANDS", "TITLES", "Facts", "Verdict", "judge", "lacking", "reached"]
