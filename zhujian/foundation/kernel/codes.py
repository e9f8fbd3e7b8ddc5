"""Codes everybody shares: shape, check characters and what a code says, as pure functions.

Every ``…_check`` takes the code as text and returns a list of `Reason` (empty = good), each with a Chinese sentence that says
how to mend it. They expect the code as it is stored; `clean` turns what people type (spaces, full width, lower case) into that.
Sources: GB 32100-2015, GB 11714-1997, GB 11643-1999, GB/T 2260, GB/T 40058-2021, construction.md §1.7 and §2.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date

from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.masking import mask_account, mask_address, mask_id, mask_name, mask_phone, mask_plate

PROVINCES = frozenset(
    re.findall("..", "1112131415212223313233343536374142434445465051525354616263646571818283")
)  # GB/T 2260 plus 83, used on residence permits of Taiwan residents

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
OLDEST = 150  # years; a birth date further back is a slip of the pen


def clean(code: str) -> str:
    """What people type, as it is stored: no spaces, half width, upper case, plain hyphens."""
    text = unicodedata.normalize("NFKC", code or "").upper()
    return re.sub(r"\s+", "", re.sub(r"[‐‑‒–—―−]", "-", text))


# ---- 统一社会信用代码 -------------------------------------------------------------------------------------------------


def organisation_code_char(body: str) -> str:
    """Check character of an organisation code from its first 8 characters (GB 11714)."""
    total = sum(weight * int(char, 36) for weight, char in zip(_BODY_WEIGHTS, body, strict=True))
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def uscc_char(first17: str) -> str:
    """Check character of a unified social credit code from its first 17 characters (GB 32100)."""
    total = sum(weight * _USCC_ALPHABET.index(char) for weight, char in zip(_USCC_WEIGHTS, first17, strict=True))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def uscc_check(code: str, *, field: str | None = None) -> list[Reason]:
    """统一社会信用代码: 18 characters, alphabet without I O S V Z, mod 31, and the inner organisation code's own check.

    The inner check is not enforced for registrar 1 (机构编制): codes of departments published as valid fail it.
    """
    if len(code) != 18:
        return [Reason("uscc.length", f"统一社会信用代码应为18位，您填写了{len(code)}位，请对照营业执照核对。", field)]
    if wrong := _outside(code, _USCC_ALPHABET):
        message = f"统一社会信用代码不会出现“{wrong}”（只用数字和除I、O、S、V、Z外的大写字母），请核对。"
        return [Reason("uscc.alphabet", message, field)]
    if code[0] not in "123456789ANY":
        return [Reason("uscc.registrar", "统一社会信用代码第1位（登记管理部门）不正确，请对照证照核对。", field)]
    if not code[2:8].isdigit() or (code[2:4] not in PROVINCES and code[2:4] != "10"):
        return [Reason("uscc.region", "统一社会信用代码第3至8位应为登记机关的行政区划代码，请核对。", field)]
    if uscc_char(code[:17]) != code[17]:
        return [Reason("uscc.check", "统一社会信用代码校验不通过，可能有一位写错了，请对照营业执照逐位核对。", field)]
    if code[0] != "1" and organisation_code_char(code[8:16]) != code[16]:
        return [Reason("uscc.inner", "统一社会信用代码第9至17位（主体标识码）校验不通过，请对照营业执照核对。", field)]
    return []


# ---- 公民身份号码与其他证件 --------------------------------------------------------------------------------------------


def id_card_char(first17: str) -> str:
    """Check character of a citizen's number from its first 17 digits (GB 11643)."""
    return _ID_CHECKS[sum(weight * int(char) for weight, char in zip(_ID_WEIGHTS, first17, strict=True)) % 11]


def id_card_check(number: str, *, on: date | None = None, field: str | None = None) -> list[Reason]:
    """公民身份号码: region, a real birth date not after `on`, and the check character; a small x is read as X."""
    number = number.replace("x", "X")
    if len(number) == 15 and number.isascii() and number.isdigit():
        return [Reason("id_card.old", "15位身份证号码已停止使用，请填写18位公民身份号码。", field)]
    if len(number) != 18:
        return [Reason("id_card.length", f"公民身份号码应为18位，您填写了{len(number)}位，请核对。", field)]
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return [Reason("id_card.alphabet", "公民身份号码前17位应为数字，最后一位为数字或X，请核对。", field)]
    if number[:2] not in PROVINCES:
        return [Reason("id_card.region", "公民身份号码前两位不是省级行政区划代码，请核对。", field)]
    born = id_card_birth(number)
    if born is None:
        return [Reason("id_card.date", f"公民身份号码中的出生日期“{number[6:14]}”不存在，请核对。", field)]
    if on and born > on:
        return [Reason("id_card.future", "公民身份号码中的出生日期晚于今天，请核对。", field)]
    if on and on.year - born.year > OLDEST:
        return [Reason("id_card.age", "公民身份号码中的出生日期过早，请核对。", field)]
    if id_card_char(number[:17]) != number[17]:
        return [Reason("id_card.check", "公民身份号码校验不通过，可能有一位写错了，请逐位核对。", field)]
    return []


def id_card_birth(number: str) -> date | None:
    """Birth date in a citizen's number, None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_card_age(number: str, on: date) -> int:
    """Full years of age on the day `on` (the birthday itself counts). The number must have passed `id_card_check`."""
    born = id_card_birth(number)
    if born is None:
        raise ValueError("not a checked citizen's number")
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def id_card_sex(number: str) -> str:
    """``男`` or ``女`` by the 17th digit."""
    return "男" if int(number[16]) % 2 else "女"


# Other documents: name and shape; those with a citizen-style number are also checked like one.
DOCUMENTS: dict[str, tuple[str, str]] = {
    "id_card": ("居民身份证", r"\d{17}[\dX]"),
    "residence_permit": ("港澳台居民居住证", r"8[123]0000\d{11}[\dX]"),
    "hk_macao_pass": ("港澳居民来往内地通行证", r"[HM]\d{8}(\d{2})?"),
    "taiwan_pass": ("台湾居民来往大陆通行证", r"\d{8}|\d{10}"),
    "foreigner_residence": ("外国人永久居留身份证", r"9\d{16}[\dX]|[A-Z]{3}\d{12}"),
    "passport": ("护照", r"[A-Z0-9]{5,17}"),
}


def identity_document_check(kind: str, number: str, *, on: date | None = None, field: str | None = None) -> list[Reason]:
    """A person's document by its kind (a key of `DOCUMENTS`): citizen's number in full, the others by shape."""
    if kind not in DOCUMENTS:
        return [Reason("document.kind", "请选择证件类型。", field)]
    title, shape = DOCUMENTS[kind]
    if kind == "id_card":
        return id_card_check(number, on=on, field=field)
    if not re.fullmatch(shape, number, re.ASCII):
        return [Reason("document.shape", f"{title}号码格式不正确，请对照证件核对（字母用大写）。", field)]
    return id_card_check(number, on=on, field=field) if kind == "residence_permit" else []


# ---- 国家统一项目代码 -------------------------------------------------------------------------------------------------

_project_char: list[Callable[[str], bool]] = []


def use_project_check_digit(verify: Callable[[str], bool] | None) -> None:
    """Plug in the check-digit test of GB/T 40058 (its formula is not public): called with the 24 characters of a new code."""
    _project_char[:] = [verify] if verify else []


def project_code_layout(code: str) -> str | None:
    """``2020`` (YYMM-region-department-type-random+check), ``2016`` (YYYY-region-industry-type-serial) or None.

    Old codes carry a year and end in 2020; 2011 and 2012 read as November and December 2020, when the new layout began.
    """
    if not re.fullmatch(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}", code, re.ASCII):
        return None
    head = int(code[:4])
    if 2000 <= head <= 2020 and head not in (2011, 2012):
        return "2016"
    return "2020" if head >= 2011 and 1 <= head % 100 <= 12 else None


def project_code_check(code: str, *, on: date | None = None, field: str | None = None) -> list[Reason]:
    """国家统一项目代码: 24 characters with 4 hyphens, either layout, its date not after `on`."""
    if re.fullmatch(r"\d{20}", code, re.ASCII):
        hint = f"{code[:4]}-{code[4:10]}-{code[10:12]}-{code[12:14]}-{code[14:]}"
        return [Reason("project.code.hyphens", f"项目代码应为24位，包含4个连字符，请写成 {hint}。", field)]
    if not re.fullmatch(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}", code, re.ASCII):
        message = "项目代码应为“4位-6位-2位-2位-6位”数字，如 2109-420106-04-01-123456，请核对。"
        return [Reason("project.code.format", message, field)]
    layout = project_code_layout(code)
    if layout is None:
        return [Reason("project.code.date", "项目代码前4位应为赋码年月（如2109）或2020年以前的年份（如2017），请核对。", field)]
    if code[5:7] not in PROVINCES and code[5:11] != "000000":
        return [Reason("project.code.region", "项目代码第二段不是行政区划代码，请核对。", field)]
    if layout == "2020":
        if on and int(code[:4]) > on.year % 100 * 100 + on.month:
            return [Reason("project.code.future", "项目代码中的赋码年月晚于今天，请核对。", field)]
        if _project_char and not _project_char[0](code):
            return [Reason("project.code.check", "项目代码校验码不正确，请到投资项目在线审批监管平台核对。", field)]
    return []


# ---- 平台项目编号、施工许可证编号 ---------------------------------------------------------------------------------------


def platform_number_check(number: str, *, classes: Collection[str] = (), field: str | None = None) -> list[Reason]:
    """四库一平台项目编号: 16 digits = region 6 + date YYMMDD 6 + class 2 (one of `classes` when given) + serial 2."""
    if not re.fullmatch(r"\d{16}", number, re.ASCII):
        message = "平台项目编号应为16位数字（区划6位、日期6位、类别2位、顺序号2位），请核对。"
        return [Reason("platform_number.format", message, field)]
    parts = number[:6], "20" + number[6:12], number[12:14], number[14:16]
    return _numbered(*parts, classes, "platform_number", "平台项目编号", field)


def permit_number(region_code: str, registered: date, serial: int, specialty: str) -> str:
    """施工许可证编号, 18 digits: issuer's region 6 + registration date 8 + serial of the day 2 + specialty 2.

    Refuses the hundredth permit of a day: the number has room for 99.
    """
    if not 1 <= serial <= 99:
        raise Refusal("permit_number.serial", "当日该地区施工许可证编号已用完（最多99个），请改用次日登记日期。", "serial")
    number = f"{region_code[:6]}{registered:%Y%m%d}{serial:02d}{specialty}"
    if reasons := permit_number_check(number):
        raise Refusal(reasons=reasons)
    return number


def permit_number_check(number: str, *, specialties: Collection[str] = (), field: str | None = None) -> list[Reason]:
    """施工许可证编号: 18 digits with a region, a real date, a serial from 01 and a specialty (of `specialties` when given)."""
    if not re.fullmatch(r"\d{18}", number, re.ASCII):
        message = "施工许可证编号应为18位数字（区划6位、日期8位、顺序号2位、专业2位），请核对。"
        return [Reason("permit_number.format", message, field)]
    parts = number[:6], number[6:14], number[16:18], number[14:16]
    return _numbered(*parts, specialties, "permit_number", "施工许可证编号", field)


def _numbered(
    region: str, day: str, group: str, serial: str, groups: Collection[str], code: str, title: str, field: str | None
) -> list[Reason]:
    if region[:2] not in PROVINCES:
        return [Reason(f"{code}.region", f"{title}前6位不是行政区划代码，请核对。", field)]
    if not _is_date(day):
        return [Reason(f"{code}.date", f"{title}中的日期“{day}”不存在，请核对。", field)]
    if groups and group not in groups:
        return [Reason(f"{code}.class", f"{title}中的类别“{group}”不在目录内，请核对。", field)]
    if serial == "00":
        return [Reason(f"{code}.serial", f"{title}中的顺序号应从01开始，请核对。", field)]
    return []


# ---- 行政区划代码、不动产单元号、电话 ------------------------------------------------------------------------------------


def region_code_check(code: str, *, field: str | None = None) -> list[Reason]:
    """12-digit region code: a province, and once a level is all zeros the levels below it are too."""
    if not re.fullmatch(r"\d{12}", code, re.ASCII):
        return [Reason("region.format", "行政区划代码应为12位数字，请核对。", field)]
    if code[:2] not in PROVINCES:
        return [Reason("region.province", "行政区划代码前两位不是省级代码，请核对。", field)]
    parts = (code[2:4], code[4:6], code[6:9], code[9:12])
    empty = [set(part) == {"0"} for part in parts]
    # A county of a city without districts (东莞式) has an empty county part and towns below it.
    if empty[0] and not all(empty) or empty[2] and not empty[3]:
        return [Reason("region.levels", "行政区划代码缺少中间一级，请从选择框中选取。", field)]
    return []


def real_estate_unit_check(number: str, *, field: str | None = None) -> list[Reason]:
    """不动产单元号: 28 characters = district 6 + cadastral area 6 + parcel 7 (two letters, five digits) + fixture 9."""
    if not re.fullmatch(r"\d{12}[GJZ][A-Z]\d{5}[FLQW]\d{8}", number, re.ASCII):
        message = "不动产单元号应为28位，如 420106001002GB00001F00010001，请对照权属证书核对。"
        return [Reason("unit_number.format", message, field)]
    if number[:2] not in PROVINCES:
        return [Reason("unit_number.region", "不动产单元号前6位不是行政区划代码，请核对。", field)]
    if (number[19] == "W") != (number[20:] == "00000000"):
        return [Reason("unit_number.fixture", "不动产单元号中无定着物时后9位应为W00000000，有定着物时不能全为0，请核对。", field)]
    return []


def mobile_check(number: str, *, field: str | None = None) -> list[Reason]:
    """Mainland mobile number: 11 digits beginning with 13 to 19."""
    if not re.fullmatch(r"1[3-9]\d{9}", number, re.ASCII):
        return [Reason("mobile.format", "手机号码应为11位数字，以13至19开头，请核对。", field)]
    return []


def _outside(code: str, alphabet: str) -> str:
    return next((char for char in code if char not in alphabet), "")


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


__all__ = [
    "DOCUMENTS", "PROVINCES", "clean", "id_card_age", "id_card_birth", "id_card_char", "id_card_check", "id_card_sex",
    "identity_document_check", "mask_account", "mask_address", "mask_id", "mask_name", "mask_phone", "mask_plate", "mobile_check",
    "organisation_code_char", "permit_number", "permit_number_check", "platform_number_check", "project_code_check",
    "project_code_layout", "real_estate_unit_check", "region_code_check", "uscc_char", "uscc_check", "use_project_check_digit",
]  # fmt: skip
