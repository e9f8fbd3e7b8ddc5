"""房屋代码 (JGJ/T 246-2012): 26 digits = division 9 + building 12 + unit 4 (0000: the whole building) + check digit. Pure.

Check digit: GB/T 17710 MOD 11,10 (housing.md §2.2). The building part by coordinates (坐标法) is the easting and northing of the outline's
centre in the zone's projection, whole metres, last six digits each; confidence C, so it is only used to propose a code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from zhujian.foundation.kernel.codes import PROVINCES
from zhujian.foundation.kernel.errors import Reason, Refusal

LENGTH = 26
WHOLE = "0000"


def check_digit(body: str) -> str:
    """Check digit of a 25-digit body by MOD 11,10: P=10; x=(P+d) mod 10, 0 becomes 10; P=2x mod 11; check=(11−P) mod 10."""
    p = 10
    for digit in body:
        p = ((p + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - p) % 10)


_other: list[Callable[[str], bool]] = []


def use_check(verify: Callable[[str], bool] | None) -> None:
    """Also accept codes that `verify` accepts: a place whose old codes were issued by another formula (housing.md §2.2, [C])."""
    _other[:] = [verify] if verify else []


@dataclass(frozen=True)
class HouseCode:
    """The parts of a code: `division` 9, `building` 12 and `unit` 4 digits."""

    division: str
    building: str
    unit: str

    @property
    def body(self) -> str:
        """The 25 digits before the check digit."""
        return self.division + self.building + self.unit

    def __str__(self) -> str:
        return self.body + check_digit(self.body)


def tidy(text: str) -> str:
    """A typed code without spaces and hyphens, full-width digits made plain."""
    plain = text.translate({0xFF10 + n: ord("0") + n for n in range(10)})
    return re.sub(r"[\s\-－]", "", plain)


def code_reasons(code: str, *, unit: bool | None = None, field: str = "code") -> list[Reason]:
    """Why `code` is no 房屋代码; empty when it is. `unit`: it must name a unit (True) or a whole building (False).

    Codes: ``house_code.length``, ``house_code.digits``, ``house_code.region``, ``house_code.check_digit``, ``house_code.unit``.
    """
    if len(code) != LENGTH:
        return [Reason("house_code.length", f"房屋代码应为26位数字，现在是{len(code)}位，请核对。", field)]
    if not re.fullmatch(r"\d{26}", code, re.ASCII):
        return [Reason("house_code.digits", "房屋代码只能是数字，请核对是否混入了字母或符号。", field)]
    if code[:2] not in PROVINCES:
        return [Reason("house_code.region", "房屋代码前9位应为行政区划和街道代码，请核对。", field)]
    if code[-1] != check_digit(code[:-1]) and not (_other and _other[0](code)):
        return [Reason("house_code.check_digit", "房屋代码的校验码不正确，请对照房产测绘成果或权属资料逐位核对。", field)]
    if unit is True and code[21:25] == WHOLE:
        return [Reason("house_code.unit", "这是整幢的房屋代码（户号0000），请填写户的代码。", field)]
    if unit is False and code[21:25] != WHOLE:
        return [Reason("house_code.unit", "这是户的房屋代码，整幢的代码户号应为0000。", field)]
    return []


def split(code: str) -> HouseCode:
    """The parts of a checked code. Refusal ``house_code.*`` when it is none."""
    if reasons := code_reasons(code):
        raise Refusal(reasons=reasons)
    return HouseCode(code[:9], code[9:21], code[21:25])


def building_code(region_code: str, easting_m: float, northing_m: float, *, step: int = 0) -> str:
    """The code of a whole building by coordinates. `region_code`: 12 digits, of which the county's six and the street's three count.

    `step` moves the northing by so many metres: for a second building on the same metre, and for one on the ground of a building that is
    gone, whose code is never used again.
    """
    place = f"{int(easting_m) % 1_000_000:06d}{(int(northing_m) + step) % 1_000_000:06d}"
    return str(HouseCode(region_code[:9], place, WHOLE))


def unit_code(building: str, number: int) -> str:
    """The code of unit `number` (1–9999) of the building with the code `building`. Refusal ``house_code.unit_number`` beyond."""
    if not 1 <= number <= 9999:
        raise Refusal("house_code.unit_number", "一幢房屋最多编9999户，户号从1起，请检查层数和每层户数。")
    return str(HouseCode(building[:9], building[9:21], f"{number:04d}"))


def belongs(unit: str, building: str) -> bool:
    """Whether the code of a unit is one of the building's."""
    return unit[:21] == building[:21]


__all__ = ["HouseCode", "belongs", "building_code", "check_digit", "code_reasons", "split", "tidy", "unit_code", "use_check"]
