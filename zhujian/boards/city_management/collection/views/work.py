"""JSON of the field app: reports with photos, the actor's tasks, and finishing one."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.collection import services
from zhujian.boards.city_management.collection.rules.photos import Shot
from zhujian.boards.city_management.collection.selectors import work as selectors
from zhujian.boards.city_management.collection.services import work
from zhujian.boards.city_management.collection.views import reading
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal

FIELD = "collection.field"
PHOTOS_MOST = 30  # read at all; the parameter says how many are accepted


def photos(request: HttpRequest, said: dict[str, Any]) -> list[work.Sent]:
    """The form's parts ``photo0`` … with their descriptions in ``photos``; Refusal when they do not match."""
    about = said.get("photos", [])
    if not isinstance(about, list) or len(about) > PHOTOS_MOST or len(about) != len(request.FILES):
        raise Refusal("photo.parts", "照片与说明的数量不一致，请重新提交。", "photos")
    found = []
    for number, one in enumerate(about):
        upload = request.FILES.get(f"photo{number}")
        if not isinstance(one, dict) or not isinstance(upload, UploadedFile):
            raise Refusal("photo.parts", "照片与说明不对应，请重新提交。", "photos")
        lon, lat = reading.optional_place(one)
        accuracy = one.get("accuracy")
        shot = Shot(
            reading.text(one, "role", 8), reading.moment(one["at"]) if one.get("at") is not None else None, reading.text(one, "sha256", 64),
            lon, lat, reading.number(accuracy, "accuracy", low=0, high=1e7) if accuracy is not None else None,
        )  # fmt: skip
        found.append(work.Sent(shot, upload))
    return found


@require_http_methods(["POST"])
@access(FIELD, "report")
def report(request: HttpRequest) -> HttpResponse:
    """Take in a report; the same key again answers with the first one's number."""
    said = reading.body(request)
    key, at = reading.key(said), reading.moment(said.get("at"))
    lon, lat = reading.place(said)
    accuracy = said.get("accuracy")
    values = {
        "client_key": key, "lon": lon, "lat": lat, "kind": reading.text(said, "kind", 9), "class_code": reading.text(said, "class_code", 5),
        "component_code": reading.text(said, "component_code", 18), "description": reading.text(said, "description", 500),
        "address": reading.text(said, "address", 200), "urgent": said.get("urgent") is True, "self_handled": said.get("self_handled") is True,
        "accuracy_m": reading.number(accuracy, "accuracy", low=0, high=1e7) if accuracy is not None else None,
    }  # fmt: skip
    sent = photos(request, said)
    return reading.answer(services.once(key, "report", lambda: work.do_report(values, sent, at)))


@require_GET
@access(FIELD, "use")
def reports(request: HttpRequest) -> HttpResponse:
    """The actor's own reports of the last days, newest first."""
    return reading.answer({"items": selectors.my_reports()})


@require_GET
@access(FIELD, "use")
def tasks(request: HttpRequest) -> HttpResponse:
    """核实, 核查 and disposals that wait for the actor."""
    return reading.answer({"items": selectors.my_tasks(timezone.now())})


@require_http_methods(["POST"])
@access(FIELD, "use")
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish a task; the same key again gets the same answer."""
    said = reading.body(request)
    key, at = reading.key(said), reading.moment(said.get("at"))
    outcome, opinion = reading.text(said, "outcome", 40), reading.text(said, "opinion", 300)
    lon, lat = reading.optional_place(said)
    sent = photos(request, said)

    def act() -> dict[str, Any]:
        return work.do_task(pk, outcome=outcome, opinion=opinion, sent=sent, at=at, lon=lon, lat=lat)

    return reading.answer(services.once(key, "task", act))
