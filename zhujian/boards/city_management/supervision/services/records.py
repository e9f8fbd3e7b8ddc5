"""What all acts of supervision share: who acts, numbers, files, evidence, events, messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.base import File
from django.utils import timezone

from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import require
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.messages import services as messages
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import subject_of

DESK = ("superviser", "supervisor", "department_desk", "dispatcher", "reviewer")
SURE = ("door", "poi")  # levels of an address that say where something is
RECEIVING = ("UMB", "UMC", "HUD")  # bodies that take part in supervision, the nearest kind first


def own_office() -> Organisation:
    """The public body in whose name the actor acts."""
    who = scope.current()
    org = identity.organisation(next((key[4:] for key in who.keys if key.startswith("org:")), ""))
    if who.kind != "official" or org is None:
        raise NotAllowed("supervision.office", "请先切换到您所在单位的岗位，再办理监督业务。")
    return org


def next_number(letters: str, region_code: str) -> str:
    """A gap-free number: letters, region, year, serial."""
    pattern = documents.Numbering(letters, pattern="{kind}{region}-{year}-{number}")
    return documents.issue_number(pattern, region_code=region_code).text


def keep(uploads: Iterable[File], *, region_code: str, parties: Iterable[str], pictures: bool = False) -> list[int]:
    """Store uploaded files for these parties; their ids. Refusal when one is not what it says."""
    kinds = ["jpeg", "png"] if pictures else None
    return [row.pk for row in documents.receive(uploads, allowed=kinds, region_code=region_code, parties=parties)]


def prove(kind: str, record: ScopedModel, payload: dict[str, Any], *, event: bool = False) -> None:
    """Evidence of an act, and (asked for) the event of the same name."""
    common = {"region_code": record.region_code, "parties": record.parties}
    subject = subject_of(record)
    evidence.record(kind, object_id=subject, payload=payload, **common)
    if event:
        publish(kind, subject=subject, payload=payload, **common)


def tell(
    codes: Iterable[str], *, title: str, body: str, link: str, level: str = "info", roles: Sequence[str] = DESK, dedupe: str = ""
) -> None:
    """A message to the desks of offices."""
    messages.send(
        [f"org:{code}" for code in codes], title=title, body=body, link=link, level=level, roles=roles, dedupe=dedupe or None
    )


def locked(model: type[Any], pk: int, what: str) -> Any:
    """A visible row, locked; NotFound otherwise."""
    found = model.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        raise NotFound("supervision.missing", f"没有找到这{what}，可能不在您的管辖范围内。")
    return found


def needed(text: str, field: str, message: str) -> str:
    """`text` without surrounding blanks; Refusal when nothing is left."""
    if not text.strip():
        raise Refusal(f"supervision.{field}", message, field)
    return text.strip()


def point(values: Mapping[str, Any], region_code: str) -> Point | None:
    """The place given as `lon` and `lat`; else that of `address`, when it is known to the door or the place. Refusal when outside China."""
    if values.get("lon") in (None, "") or values.get("lat") in (None, ""):
        known = places.find(str(values["address"]), region_code=region_code, limit=1)
        return Point(known[0].lon, known[0].lat, srid=4490) if known and known[0].level in SURE else None
    lon, lat = float(values["lon"]), float(values["lat"])
    if not (73 <= lon <= 136 and 3 <= lat <= 54):
        raise Refusal("supervision.place", "位置不在中国境内，请检查经度和纬度是否填反。", "lon")
    return Point(lon, lat, srid=4490)


def number(name: str, region_code: str = "") -> int:
    """A whole number among this module's parameters."""
    return int(parameters.value(f"supervision.{name}", on=timezone.localdate(), region=region_code).value)


def demand(resource: str, action: str) -> None:
    """The actor's roles must give this, whichever page or program it comes by."""
    require(f"supervision.{resource}", action)


def require_issuer(code: str) -> None:
    """Only people of the issuing body decide about what it has issued."""
    if own_office().code != code:
        raise NotAllowed("supervision.not_issuer", "这项任务由下发单位办理，请由下发单位的人员操作。")
