"""A report of the public goes in: checked, counted, handed to the acceptance pool, and given a receipt."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command import services as command
from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.boards.city_management.public_service.models import Submission
from zhujian.boards.city_management.public_service.rules import phones
from zhujian.boards.city_management.public_service.services import codes, limits
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events.services import publish
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto.personal import keyed_hash
from zhujian.foundation.kernel.errors import Reason, Refusal, refuse_if

PHOTO_ONLY = "见照片"
WRITTEN_DOWN = ("public_phone", "wechat", "media", "hotline_12345", "hotline_12319")  # by the desk, for whoever told
REPORT_MOST = 500  # characters of a report's description; longer texts of programs stay whole with the submission


@dataclass(frozen=True)
class Sent:
    """What the reporter gets: the receipt, and the six digits with which it can be looked up without a phone."""

    submission: Submission
    query_code: str
    fresh: bool = True


def query_code(client_key: uuid.UUID) -> str:
    """Six digits for a receipt; the same again for the same upload, and nobody else can compute them."""
    return f"{int(keyed_hash('public_service.query', client_key.hex)[:15], 16) % 1_000_000:06d}"


def code_hash(number: str, code: str) -> str:
    """What is kept of a query code."""
    return keyed_hash(f"public_service.query.{number}", code)


def find_places(text: str, *, region_code: str = "", limit: int = 6) -> list[places.Answer]:
    """Where an address may be, for anybody: nobody without an account sees the register itself."""
    with scope.system("公众查找地址"):
        return places.find(text, region_code=region_code, limit=limit)


def count_report(address: str, phone: str) -> None:
    """Count one report against the limits of its network address and phone; `TooMany` above them."""
    limits.do_count("report_address", address, limits.number("reports_per_address"), said="上报")
    limits.do_count("report_phone", phone, limits.number("reports_per_phone"), span=limits.DAY, said="上报")


def check_photos(photos: Sequence[File]) -> list[Reason]:
    """Number and size of photos; what they are is looked at when they are stored."""
    most, size = limits.number("photos"), limits.number("photo_mb")
    if len(photos) > most:
        return [Reason("public_service.photos", f"一次最多上传{most}张照片，请减少后再提交。", "photos")]
    return [
        Reason("public_service.photo_size", f"照片“{str(one.name)[:40]}”超过{size} MB，请压缩后再上传。", "photos")
        for one in photos
        if (one.size or 0) > size * documents.MB
    ]


def check_place(lon: float, lat: float) -> list[Reason]:
    """Whether a place was given at all; whether it can be meant is judged with the report."""
    if abs(lon) <= 180 and abs(lat) <= 180 and (lon, lat) != (0, 0):
        return []
    return [Reason("public_service.place", "没有得到位置，请点“用我现在的位置”，或填写地址、在地图上点选。", "place")]


@transaction.atomic
def do_submit(
    *, client_key: uuid.UUID, source: str, lon: float, lat: float, description: str = "", kind: str = "", class_code: str = "",
    address: str = "", accuracy_m: float | None = None, captured_at: datetime | None = None, phone: str = "", name: str = "",
    anonymous: bool = False, photos: Sequence[File] = (), shown: bool = True, external_no: str = "", key: str = "", more: dict[str, Any] | None = None,
) -> Sent:  # fmt: skip
    """Take in one report of the public and give its receipt. Degrees CGCS2000; `phone` is a proven mobile number or empty.

    The same `client_key` gives the first receipt again. `key`: under which the reporter finds it again (WeChat). `more`: further columns of the submission (Open311). Refusal with every
    reason; nothing is kept then.
    """
    text = description.strip()
    reasons = [*check_place(lon, lat), *check_photos(photos)]
    if not text and not photos:
        reasons.append(Reason("public_service.empty", "请拍一张照片，或用一句话说明问题。", "description"))
    refuse_if(reasons)
    who = scope.current()
    report = command.do_report(
        client_key=client_key, source=source, lon=lon, lat=lat, description=(text or PHOTO_ONLY)[:REPORT_MOST], kind=kind,
        class_code=class_code, address=address[:200], accuracy_m=accuracy_m, captured_at=captured_at, reporter_name=name,
        reporter_phone=phone, anonymous=anonymous, external_no=external_no, files=list(photos),
    )  # fmt: skip
    code = query_code(client_key)
    with scope.system("公众上报回执"):
        known = Submission.objects.filter(number=report.number).first()
        if known is not None:
            return Sent(known, code, fresh=False)
        item = classification.item(kind, class_code, report.region_code) if kind and class_code else None
        account = _person(who)
        made = Submission(
            number=report.number, source=source, kind=kind, class_code=class_code, class_name=item.name if item else "",
            description=text, address=report.address or address[:200], location=report.location, received_at=report.received_at,
            changed_at=timezone.now(), shown=shown, phone_hash=codes.hash_of(phone) if phone else "",
            code_hash=code_hash(report.number, code), region_code=report.region_code,
            parties=[*([f"person:{account}"] if account else []), *([key] if key else [])], created_by=account,
        )  # fmt: skip
        for name_, value in (more or {}).items():
            setattr(made, name_, value)
        made.save()
        publish(
            "public_report.received", subject=f"public_service.submission:{made.pk}", region_code=made.region_code,
            payload={"number": made.number, "source": source, "class_code": class_code},
        )  # fmt: skip
    return Sent(made, code)


def _person(who: scope.Scope) -> int | None:
    """The account of a resident or an agent reporting for themselves; officials report with their own tools."""
    return who.actor_id if who.kind in ("resident", "enterprise") else None


def do_mirror(numbers: Sequence[str]) -> int:
    """What the desk wrote down for a caller is followed, answered and asked about like what came by the web; returns how many are new.

    Only reports with a phone, which have no submission of their own yet; they are not shown to others. In a system scope.
    """
    missing = set(numbers) - set(Submission.objects.filter(number__in=numbers).values_list("number", flat=True))
    if not missing:
        return 0
    made = 0
    for report in Report.objects.filter(number__in=missing, source__in=WRITTEN_DOWN).exclude(phone_hash="").order_by("pk"):
        Submission.objects.create(
            number=report.number, source=report.source, kind=report.kind, class_code=report.class_code, description=report.description,
            address=report.address, location=report.location, received_at=report.received_at, changed_at=timezone.now(), shown=False,
            phone_hash=codes.hash_of(phones.mobile(report.reporter_phone) or report.reporter_phone), region_code=report.region_code,
        )  # fmt: skip
        made += 1
    return made


def do_guess(number: str, address: str) -> None:
    """Count one try at a receipt's query code, by address and by receipt. Call it outside the block that may refuse."""
    most = limits.number("guesses_per_address")
    limits.do_count("guess_address", address, most, said="查询")
    limits.do_count("guess_number", number, most, said="查询")


def check_query(number: str, code: str) -> Submission:
    """The submission of a receipt when the query code fits; the same Refusal for a wrong number and a wrong code."""
    with scope.system("凭查询码查看本人上报"):
        found = Submission.objects.filter(number=number).first()
        fits = found is not None and bool(found.code_hash)
        given = code_hash(number, "".join(code.split()))
        if not fits or found is None or not hmac.compare_digest(found.code_hash, given):
            raise Refusal("public_service.query", "编号或查询码不对，请核对回执；也可以用上报时的手机号查询。", "code")
        return found


__all__ = [
    "PHOTO_ONLY",
    "Sent",
    "check_photos",
    "check_place",
    "check_query",
    "count_report",
    "do_guess",
    "do_mirror",
    "do_submit",
    "find_places",
    "query_code",
]
