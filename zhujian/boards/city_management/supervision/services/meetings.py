"""Consultations: called, held with a record of who was there and what came of it; a look through a camera leaves a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Camera, Consultation
from zhujian.boards.city_management.supervision.services import records, video
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.canonical import moment
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if


def check_plan(values: Mapping[str, Any]) -> list[Reason]:
    """Reasons against calling a consultation."""
    found = [
        Reason(f"meeting.{name}", f"请填写{words}。", name)
        for name, words in (("title", "议题"), ("agenda", "议程"))
        if not str(values.get(name) or "").strip()
    ]
    if values.get("starts_at") is None or values["starts_at"] <= timezone.now():
        found.append(Reason("meeting.starts", "开始时间应晚于现在。", "starts_at"))
    codes = list(values.get("participants") or [])
    if not codes or any(identity.organisation(code) is None for code in codes):
        found.append(Reason("meeting.participants", "请选择参加单位。", "participants"))
    return found


@transaction.atomic
def do_call(values: Mapping[str, Any], *, files: Iterable[Any] = ()) -> Consultation:
    """Call a consultation: a video room where one is connected, messages to everybody."""
    records.demand("consultation", "hold")
    refuse_if(check_plan(values))
    office, codes = records.own_office(), list(dict.fromkeys(values["participants"]))
    parties = [f"org:{office.code}", *(f"org:{code}" for code in codes)]
    title, minutes = values["title"].strip()[:120], int(values.get("minutes_planned") or 60)
    room = video.open_room(title, moment(values["starts_at"]), minutes) if video.configured("MEETING") else ""
    row = Consultation.objects.create(
        number=records.next_number("商", office.region_code), title=title, agenda=values["agenda"].strip()[:4000], starts_at=values["starts_at"],
        minutes_planned=minutes, host_code=office.code, host_name=office.name, participants=codes, room=room, parties=parties,
        files=records.keep(files, region_code=office.region_code, parties=parties), region_code=office.region_code,
        created_by=scope.current().actor_id,
    )  # fmt: skip
    when = timezone.localtime(row.starts_at).strftime("%m月%d日 %H:%M")
    records.prove("supervision.consultation", row, {"number": row.number, "participants": codes})
    records.tell(codes, title=f"会商通知：{row.title}", body=f"{when}，{office.name}召集。", link=f"/supervision/consultations/{row.pk}/",
                 roles=(*records.DESK, "leader"))  # fmt: skip
    return row


def _planned(consultation_id: int) -> Consultation:
    row = records.locked(Consultation, consultation_id, "次会商")
    records.require_issuer(row.host_code)
    if row.state != Consultation.State.PLANNED:
        raise Conflict("meeting.done", "这次会商已经召开或取消。")
    return row


@transaction.atomic
def do_record(consultation_id: int, *, present: str, minutes: str, files: Iterable[Any] = ()) -> Consultation:
    """Write down who was there and what was agreed."""
    records.demand("consultation", "hold")
    row = _planned(consultation_id)
    row.present = records.needed(present, "present", "请填写到会人员。")[:2000]
    row.minutes = records.needed(minutes, "minutes", "请填写会商纪要。")[:8000]
    row.files = [*row.files, *records.keep(files, region_code=row.region_code, parties=row.parties)]
    row.state = Consultation.State.HELD
    row.save_version(row.version, fields=["present", "minutes", "files", "state"])
    records.prove("supervision.consulted", row, {"number": row.number})
    return row


@transaction.atomic
def do_call_off(consultation_id: int, *, reason: str) -> Consultation:
    """Cancel, and say why to everybody."""
    records.demand("consultation", "hold")
    row = _planned(consultation_id)
    reason = records.needed(reason, "reason", "请写明取消原因。")
    row.state, row.minutes = Consultation.State.CANCELLED, f"取消原因：{reason}"[:8000]
    row.save_version(row.version, fields=["state", "minutes"])
    records.tell(
        row.participants,
        title=f"会商取消：{row.title}",
        body=reason,
        link=f"/supervision/consultations/{row.pk}/",
        roles=(*records.DESK, "leader"),
    )
    return row


@transaction.atomic
def do_watch(camera_id: int) -> str:
    """Address of a camera's live picture; who looked, and when, is kept."""
    records.demand("camera", "watch")
    camera = records.locked(Camera, camera_id, "台摄像机")
    url = video.stream_of(camera.device_id)
    records.prove("supervision.camera_watched", camera, {"device": camera.device_id})
    return url
