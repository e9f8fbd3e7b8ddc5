"""Declarations: registers of supervision."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.utils import timezone

from zhujian.boards.city_management.digital_city.selectors import grid_at
from zhujian.boards.city_management.supervision.models import (
    Camera,
    Checklist,
    Circular,
    Consultation,
    Emergency,
    Opinion,
    SiteCheck,
    SupervisionTask,
    UnitTask,
)
from zhujian.boards.city_management.supervision.rules import devices
from zhujian.boards.city_management.supervision.services import opinions
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import Action, Catalogue, Group, Layer, Resource, Share, Update

STATES = {
    "draft": "muted",
    "issued": "info",
    "received": "info",
    "handling": "info",
    "fed_back": "warn",
    "returned": "error",
    "closed": "ok",
}


class TaskResource(Resource):
    """监督任务, as issued."""

    begins = (Action("布置任务", "supervision:task_new", ("supervision.task", "issue"), style="primary"),)
    model = SupervisionTask
    columns = ("number", "title", "kind", "issuer_name", "state", "is_key", "issued_at", "closed_at")
    search = ("number", "title")
    filters = ("kind", "state", "is_key", "issued_at")
    code_lists = {"kind": "supervision.kind"}
    tags = {"state": STATES}
    own_page = "supervision:task"
    processes = ("supervision_unit",)
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="上下级监督检查", update=Update.REALTIME, basis="建办督〔2021〕54号")


class UnitTaskResource(Resource):
    """承办任务: each receiving unit's part."""

    model = UnitTask
    name = "unit_task"
    label = "title"
    columns = ("title", "org_name", "state", "due", "receipt_late", "feedback_late", "returns", "urged")
    search = ("number", "title")
    filters = ("kind", "state", "receipt_late", "feedback_late", "region_code")
    code_lists = {"kind": "supervision.kind", "level": "supervision.level"}
    tags = {"state": STATES}
    own_page = "supervision:unit"


class CircularResource(Resource):
    """监督通报."""

    begins = (Action("起草通报", "supervision:circular_new", ("supervision.circular", "draft"), style="primary"),)
    empty = "逾期未签收、未反馈的，平台自动拟稿；其他通报由监督人员起草，负责人签发后单位才能看到。"
    model = Circular
    columns = ("title", "kind", "number", "issuer_name", "state", "published_at")
    search = ("title",)
    filters = ("kind", "state", "published_at")
    tags = {"state": {"draft": "warn", "published": "ok", "dropped": "muted"}}
    own_page = "supervision:circular"


class OpinionResource(Resource):
    """舆情. The same address is known by its hash, whatever its spelling."""

    empty = "由监督人员逐条登记，或从舆情监测系统导出后批量导入；登记后研判倾向，负面舆情转办处置。"
    model = Opinion
    columns = ("title", "media", "published_at", "region_code", "sentiment", "state")
    search = ("title", "media")
    filters = ("sentiment", "state", "published_at", "region_code")
    groups = (
        Group("舆情", "title", "media", "url", "published_at", "region_code", "summary"),
        Group("研判处置", "sentiment", "judged_by", "judged_at", "state", "disposal"),
    )
    form = ("title", "media", "url", "published_at", "region_code", "summary")
    labels = {"region_code": "涉及地区"}
    code_lists = {"sentiment": "supervision.sentiment"}
    tags = {
        "sentiment": {"negative": "error", "positive": "ok", "neutral": "muted"},
        "state": {"found": "warn", "closed": "ok", "tasked": "info"},
    }
    validators = {"url": [opinions.check_url]}
    natural_key = ("url",)
    own_page = "supervision:opinion"

    def complete(self, record: Model) -> None:
        """The hash the address is known by."""
        if not opinions.check_url(record.url):  # type: ignore[attr-defined]
            record.url_hash = opinions.hash_of(record.url)  # type: ignore[attr-defined]

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """An address that is registered already is said so."""
        url = values.get("url") or ""
        if (
            url
            and not opinions.check_url(url)
            and Opinion.objects.filter(url_hash=opinions.hash_of(url)).exclude(pk=getattr(record, "pk", None)).exists()
        ):
            return [Reason("opinion.known", "这个网址的舆情已经登记过。", "url")]
        return []


class EmergencyResource(Resource):
    """突发事件."""

    begins = (Action("突发事件首报", "supervision:emergency_new", ("supervision.emergency", "report"), style="danger"),)
    empty = "发生突发事件后半小时内首报；上级单位会立即收到通知。"
    model = Emergency
    columns = ("title", "number", "kind", "level", "occurred_at", "response", "state", "first_late", "region_code")
    search = ("number", "title")
    filters = ("kind", "level", "state", "occurred_at", "region_code")
    code_lists = {
        "kind": "supervision.emergency_kind",
        "level": "supervision.emergency_level",
        "response": "supervision.emergency_level",
    }
    tags = {"state": {"reported": "warn", "responding": "error", "ended": "info", "closed": "ok"}}
    layer = Layer("location", min_zoom=5, colour_by="state")
    own_page = "supervision:emergency"


class ChecklistResource(Resource):
    """检查清单."""

    model = Checklist
    columns = ("title", "code", "edition", "basis", "confidence", "valid_from")
    order = "id"
    actions = (Action("按清单检查", "supervision:check_new", ("supervision.site_check", "check"), style="primary"),)


class SiteCheckResource(Resource):
    """现场检查."""

    begins = (Action("开始检查", "supervision:check_lists", ("supervision.site_check", "check"), style="primary"),)
    empty = "选择检查清单后逐项登记；不合格项自动通知责任单位限期整改。"
    model = SiteCheck
    columns = (
        "number",
        "object_name",
        "checklist",
        "org_name",
        "checked_at",
        "faults",
        "points",
        "possible",
        "state",
        "region_code",
    )
    search = ("number", "object_name")
    filters = ("checklist", "state", "checked_at", "region_code")
    tags = {"state": {"rectifying": "warn", "closed": "ok"}}
    layer = Layer("location", min_zoom=8, colour_by="state")
    own_page = "supervision:check"


class ConsultationResource(Resource):
    """在线会商."""

    begins = (Action("召集会商", "supervision:consultation_new", ("supervision.consultation", "hold"), style="primary"),)
    empty = "召集后参加单位会收到通知；会后在会商页面登记纪要。"
    model = Consultation
    columns = ("title", "number", "starts_at", "host_name", "state")
    search = ("title",)
    filters = ("state", "starts_at")
    tags = {"state": {"planned": "info", "held": "ok", "cancelled": "muted"}}
    own_page = "supervision:consultation"


class CameraResource(Resource):
    """摄像机. GB/T 28181 identifiers; the picture comes from the video gateway."""

    empty = "由数据管理员逐台登记，或按模板批量导入国标编码和位置；接入视频网关后可调看实时画面。"
    model = Camera
    columns = ("name", "device_id", "kind", "address", "owner", "status", "region_code")
    search = ("device_id", "name")
    filters = ("kind", "status", "region_code")
    groups = (
        Group("摄像机", "device_id", "name", "kind", "region_code", "address", "location", "grid_code"),
        Group("管理", "owner", "status"),
    )
    code_lists = {"kind": "supervision.camera_kind"}
    tags = {"status": {"online": "ok", "offline": "error", "unknown": "muted"}}
    natural_key = ("device_id",)
    on_duplicate = "update"
    layer = Layer("location", min_zoom=10, colour_by="status", title="视频监控")
    actions = (Action("调看实时画面", "supervision:watch", ("supervision.camera", "watch")),)
    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="城市管理和应急处置用途", update=Update.IRREGULAR, basis="GB/T 28181-2022"
    )
    examples = {"device_id": "42011101001320000001"}

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The identifier by its parts, against the place."""
        text = values.get("device_id") or getattr(record, "device_id", "")
        types = [code for code, _ in parameters.code_list("supervision.device_type", timezone.localdate())]
        return (
            devices.reasons(text, types, region_code=values.get("region_code") or getattr(record, "region_code", ""))
            if text
            else []
        )

    def complete(self, record: Model) -> None:
        """The unit grid it stands in."""
        point = record.location  # type: ignore[attr-defined]
        found = grid_at(point.x, point.y) if point else None
        record.grid_code = found.code if found else ""  # type: ignore[attr-defined]
