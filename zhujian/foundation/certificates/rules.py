"""Pure rules of electronic certificates: identifier (GB/T 36904-2018), states, verdict, reminders."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from zhujian.foundation.kernel.errors import Reason

ROOT = "1.2.156.3005.2"  # 电子证照根代码
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LAST_EDITION = 999


def check_character(text: str) -> str:
    """ISO 7064 MOD 37,36 (hybrid) over digits and capital letters. ValueError for any other character."""
    p = 36
    for char in text:
        p = (p + ALPHABET.index(char)) % 36 or 36
        p = p * 2 % 37
    return ALPHABET[(37 - p) % 36]


def identifier(type_code: str, issuer_code: str, serial: str, edition: int) -> str:
    """电子证照标识: root.type.issuer.serial.version.check; the check covers type+issuer+serial+version without dots and root."""
    if not 1 <= edition <= LAST_EDITION:
        raise ValueError("版本号应为 001 至 999")
    parts = [type_code, issuer_code, serial, f"{edition:03d}"]
    return ".".join([ROOT, *parts, check_character("".join(parts))])


@dataclass(frozen=True)
class Parts:
    """An identifier taken apart."""

    type_code: str
    issuer_code: str
    serial: str
    edition: int


def check_identifier(text: str) -> list[Reason]:
    """Is this a well-formed identifier with the right check character?"""
    if not re.fullmatch(re.escape(ROOT) + r"\.[0-9A-Z]{21}\.[0-9A-Z]{1,18}\.[0-9A-Z]{1,64}\.\d{3}\.[0-9A-Z]", text, re.ASCII):
        return [Reason("certificates.identifier_format", "证照标识的格式不正确，请对照证照上的标识逐位核对。", "identifier")]
    *body, check = text[len(ROOT) + 1 :].split(".")
    if body[3] == "000":
        return [Reason("certificates.identifier_format", "证照标识的版本号应为 001 至 999，请核对。", "identifier")]
    if check_character("".join(body)) != check:
        return [Reason("CHECK_CHAR_BAD", "证照标识的校验位不正确，可能抄错或被改动，请重新核对。", "identifier")]
    return []


def parse(text: str) -> Parts:
    """Take a checked identifier apart; ValueError when it is not one."""
    if reasons := check_identifier(text):
        raise ValueError(reasons[0].message)
    type_code, issuer_code, serial, edition, _ = text[len(ROOT) + 1 :].split(".")
    return Parts(type_code, issuer_code, serial, int(edition))


class State(enum.StrEnum):
    """证照状态 of the housing and construction certificates."""

    VALID = "01"
    SUSPENDED = "02"
    REVOKED = "03"
    CANCELLED = "04"
    VOID = "05"
    TRANSFERRED = "06"
    WITHDRAWN = "07"
    OTHER = "99"


STATE_TEXT = {
    State.VALID: "有效", State.SUSPENDED: "暂扣", State.REVOKED: "撤销", State.CANCELLED: "注销", State.VOID: "失效",
    State.TRANSFERRED: "办理转出", State.WITHDRAWN: "吊销", State.OTHER: "其他",
}  # fmt: skip
_ENDS = frozenset({State.REVOKED, State.CANCELLED, State.VOID, State.WITHDRAWN})
# Terminal states lead nowhere; above all no terminal state leads back to 有效.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.VALID: _ENDS | {State.SUSPENDED, State.TRANSFERRED, State.OTHER},
    State.SUSPENDED: _ENDS | {State.VALID, State.OTHER},
    State.OTHER: _ENDS,
    State.TRANSFERRED: frozenset({State.CANCELLED}),
    State.REVOKED: frozenset(), State.CANCELLED: frozenset(), State.VOID: frozenset(), State.WITHDRAWN: frozenset(),
}  # fmt: skip


def check_transition(before: State, after: State, note: str) -> list[Reason]:
    """May a certificate go from one state to another? State 99 needs a text."""
    if after not in TRANSITIONS[before]:
        text = f"证照目前是“{STATE_TEXT[before]}”，不能改为“{STATE_TEXT[after]}”。"
        return [Reason("certificates.transition", text, "state")]
    if after not in (State.VALID,) and not note.strip():
        return [Reason("certificates.note", "请填写原因或说明。", "reason")]
    return []


def state_on(state: State, valid_to: date | None, on: date) -> State:
    """The state as it must be shown on a day: 有效 and 暂扣 become 失效 on the day after `valid_to` (that day still counts)."""
    if state in (State.VALID, State.SUSPENDED) and valid_to is not None and valid_to < on:
        return State.VOID
    return state


class Verdict(enum.StrEnum):
    """Result of a verification."""

    VALID = "VALID"
    NOT_FOUND = "NOT_FOUND"
    CHECK_CHAR_BAD = "CHECK_CHAR_BAD"
    SIG_BAD = "SIG_BAD"
    SEAL_INVALID = "SEAL_INVALID"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"
    SCOPE_DENIED = "SCOPE_DENIED"


VERDICT_TEXT = {
    Verdict.VALID: "证照真实有效。",
    Verdict.NOT_FOUND: "没有这个证照标识的证照，请核对标识；如证照由他人提供，请向发证机关核实。",
    Verdict.CHECK_CHAR_BAD: "证照标识不正确（校验位不符），可能抄错或被改动。",
    Verdict.SIG_BAD: "证照文件的签名验证不通过，文件可能被改动。",
    Verdict.SEAL_INVALID: "证照上的电子印章无效。",
    Verdict.EXPIRED: "证照已过有效期。",
    Verdict.SUSPENDED: "证照暂时不能使用。",
    Verdict.REVOKED: "证照已被撤销、注销、吊销或停止使用。",
    Verdict.SUPERSEDED: "这是旧版证照，已由新版证照代替。",
    Verdict.SCOPE_DENIED: "您无权查验这份证照。",
}


@dataclass(frozen=True)
class Facts:
    """What is known about a certificate when it is verified. None for `signature_ok`/`seal_ok`: nothing to check."""

    found: bool = True
    well_formed: bool = True
    in_scope: bool = True
    signature_ok: bool | None = None
    seal_ok: bool | None = None
    state: State = State.VALID
    valid_from: date | None = None
    valid_to: date | None = None
    superseded: bool = False


def verdict(facts: Facts, on: date) -> Verdict:
    """The one verdict on a day; the first that applies in the order below.

    Before `valid_from` the certificate cannot be used yet and counts as SUSPENDED.
    """
    state = state_on(facts.state, facts.valid_to, on)
    tests = (
        (not facts.well_formed, Verdict.CHECK_CHAR_BAD),
        (not facts.found, Verdict.NOT_FOUND),
        (not facts.in_scope, Verdict.SCOPE_DENIED),
        (facts.signature_ok is False, Verdict.SIG_BAD),
        (facts.seal_ok is False, Verdict.SEAL_INVALID),
        (state in (State.REVOKED, State.CANCELLED, State.WITHDRAWN, State.OTHER), Verdict.REVOKED),
        (facts.superseded or state == State.TRANSFERRED, Verdict.SUPERSEDED),
        (facts.valid_to is not None and facts.valid_to < on, Verdict.EXPIRED),
        (state == State.VOID, Verdict.REVOKED),
        (state == State.SUSPENDED, Verdict.SUSPENDED),
        (facts.valid_from is not None and on < facts.valid_from, Verdict.SUSPENDED),
    )
    return next((found for applies, found in tests if applies), Verdict.VALID)


def reminder_dates(valid_to: date | None, days: Iterable[int], *, from_day: date) -> list[tuple[int, date]]:
    """(days before, date) of the reminders still ahead on `from_day`, earliest first; none for 长期."""
    if valid_to is None:
        return []
    dates = [(count, valid_to - timedelta(days=count)) for count in sorted(set(days), reverse=True)]
    return [(count, due) for count, due in dates if due >= from_day]


@dataclass(frozen=True)
class SurfaceField:
    """One field of the 照面: `personal` fields are never public, `public` ones appear on the verification page."""

    key: str
    title: str
    required: bool = True
    personal: bool = False
    public: bool = False
    wide: bool = False


def check_surface(fields: Iterable[SurfaceField], surface: dict[str, object]) -> list[Reason]:
    """Does the 照面 hold every required field and nothing unknown?"""
    fields = list(fields)
    known = {field.key for field in fields}
    reasons = [
        Reason("certificates.surface_missing", f"照面信息缺少“{field.title}”，请补填。", field.key)
        for field in fields
        if field.required and surface.get(field.key) in (None, "")
    ]
    extra = sorted(set(surface) - known)
    return reasons + [Reason("certificates.surface_unknown", f"照面信息中没有“{key}”这一项，请核对。", key) for key in extra]


def check_period(valid_from: date, valid_to: date | None) -> list[Reason]:
    """Is the period of validity possible?"""
    if valid_to is not None and valid_to < valid_from:
        return [Reason("certificates.period", "有效期止不能早于有效期起，请核对。", "valid_to")]
    return []
