"""Photos of reports and cases: kept with time, place and hash; shown to whoever the case concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.geos import Point
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Photo, Report
from zhujian.boards.city_management.command.services import record
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, Refusal

KINDS = ("jpeg", "png")


@dataclass(frozen=True)
class PhotoIn:
    """A photo to keep: the uploaded file, what it shows (`Photo.Role`), when (aware) and where (CGCS2000 degrees) it was taken."""

    upload: File
    role: str = "wide"
    captured_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def given(files: Iterable[PhotoIn | File], captured_at: datetime | None = None) -> list[PhotoIn]:
    """Plain uploads become photos: the first is the wide one, the others close ones, taken when the report says."""
    found = []
    for number, one in enumerate(files):
        if isinstance(one, PhotoIn):
            found.append(one)
        else:
            found.append(PhotoIn(one, "close" if number else "wide", captured_at))
    return found


def keep(
    photos: Sequence[PhotoIn], *, region_code: str, parties: Sequence[str], report: Report | None = None, case: Case | None = None
) -> list[Photo]:
    """Store photos of a report or a case; Refusal for what is no photo, and nothing is kept then."""
    rows = []
    for one in photos:
        if one.role not in Photo.Role.values:
            raise Refusal("photo.role", "请选择照片的用途。", "files")
        file = documents.store(one.upload, allowed=KINDS, region_code=region_code, parties=parties)
        place = Point(one.lon, one.lat, srid=4490) if one.lon is not None and one.lat is not None else None
        rows.append(Photo.objects.create(
            report=report, case=case, stage=case.stage if case else 1, role=one.role, file=file, sm3=file.sm3, captured_at=one.captured_at,
            location=place, taken_by=scope.current().actor_id, region_code=region_code, parties=list(parties),
            created_by=scope.current().actor_id,
        ))  # fmt: skip
    return rows


@transaction.atomic
def do_add_photos(case_id: int, files: Iterable[PhotoIn | File]) -> list[Photo]:
    """Add photos to an open case by whoever has it in hand now (crew, department, inspector) or by the centre."""
    who = scope.current()
    record.visible_case(case_id)
    with scope.system("案件照片"):
        case = record.lock(case_id)
        official = who.kind == "official" and who.roles & {"inspector", "acceptor", "shift_leader"}
        disposing = case.org_code and record.acts_for(who, case.org_code, "department_desk", "crew")
        if not case.is_open or not (official or disposing or case.holder_account == who.actor_id):
            raise NotAllowed("photo.denied", "案件不在您手上，不能添加照片。")
        return keep(given(files, timezone.now()), region_code=case.region_code, parties=case.parties, case=case)


def share(case: Case) -> None:
    """Let exactly the case's parties (beside the region's officials) see its photos and those of its reports.

    Whoever reported keeps their own row; what the case's firm sees is another row over the same bytes.
    """
    photos = list(Photo.objects.filter(case=case))
    for report in case.reports.all():
        photos += [photo for photo in report.photos.all() if photo.case_id is None]
    if not photos or not case.parties:
        return
    files = documents.for_parties([photo.file_id for photo in photos], case.parties)
    for photo in photos:
        if photo.case_id is None:
            known = Photo.objects.filter(case=case, sm3=photo.sm3, role=photo.role).exists()
            if not known:
                Photo.objects.create(
                    case=case, stage=1, role=photo.role, file_id=files[photo.file_id], sm3=photo.sm3, captured_at=photo.captured_at,
                    location=photo.location, region_code=case.region_code, parties=case.parties,
                )  # fmt: skip
        else:
            photo.file_id, photo.parties = files[photo.file_id], case.parties
            photo.save(update_fields=["file", "parties"])
