"""Declarations: census batches with ledger and samples, covers without an owner, as-built surveys, coding schemes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import (
    AsBuilt,
    CensusBatch,
    CensusLedger,
    CensusSample,
    OwnerlessCase,
)
from zhujian.boards.urban_rural.municipal_assets.rules import census as rules
from zhujian.boards.urban_rural.municipal_assets.services import census
from zhujian.foundation.kernel.codes import clean, uscc_check
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.resources import Action, Catalogue, Group, Layer, Resource, Share, Update
from zhujian.foundation.resources import writing as saving

LIST = "municipal_assets."
STATE_TAGS = {
    "planned": "muted",
    "survey": "info",
    "internal": "info",
    "supervised": "warn",
    "accepted": "ok",
    "published": "ok",
    "maintained": "ok",
}
RESULT_TAGS = {"agree": "ok", "offset": "error", "height": "error", "attribute": "warn", "missing": "error", "extra": "error"}
CATALOGUE = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.IRREGULAR)


def _uscc(text: str) -> list[Reason]:
    return uscc_check(text) if text else []


class CensusBatchResource(Resource):
    """普查批次. Planned, surveyed, checked, accepted, published, then kept up to date."""

    model = CensusBatch
    columns = ("name", "code", "kinds", "surveyor_name", "starts_on", "ends_on", "state", "region_code")
    search = ("code", "name")
    filters = ("state", "starts_on", "region_code")
    groups = (
        Group("批次", "code", "name", "kinds", "region_code", "area"),
        Group("实施", "surveyor_name", "surveyor_org", "supervisor_name", "starts_on", "ends_on", "note"),
        Group("办理", "state", "sample_share", "sample_seed", "published_on"),
    )
    form = (
        "name",
        "kinds",
        "region_code",
        "area",
        "surveyor_name",
        "surveyor_org",
        "supervisor_name",
        "starts_on",
        "ends_on",
        "note",
    )
    code_lists: ClassVar = {"kinds": LIST + "census_kind", "state": LIST + "census_state"}
    tags: ClassVar = {"state": STATE_TAGS}
    units: ClassVar = {"sample_share": "%"}
    cleaners: ClassVar = {"surveyor_org": clean}
    validators: ClassVar = {"surveyor_org": [_uscc]}
    layer = Layer("area", min_zoom=6, colour_by="state")
    catalogue = CATALOGUE
    processes = ("asset_census",)
    own_page = "municipal_assets:census"
    related = ("municipal_assets.census_ledger", "municipal_assets.census_sample", "municipal_assets.as_built")
    empty = "编制普查计划：新增一个批次，登记台账长度，批准后按批次导入成果。"

    def parties(self, values: dict[str, Any]) -> list[str]:
        """The surveying firm sees its batch."""
        return [f"org:{values['surveyor_org']}"] if values.get("surveyor_org") else []

    def stored(self, records: list[Model]) -> None:
        """Number the batch and start its process."""
        for record in records:
            census.begin(record)  # type: ignore[arg-type]


class CensusLedgerResource(Resource):
    """普查台账. What the ledger says there is, by kind."""

    model = CensusLedger
    label = "kind"
    columns = ("batch", "kind", "ledger_km", "ledger_count", "basis")
    filters = ("batch", "kind", "region_code")
    groups = (Group("台账", "batch", "kind", "ledger_km", "ledger_count", "basis", "region_code"),)
    code_lists: ClassVar = {"kind": LIST + "census_kind"}
    units: ClassVar = {"ledger_km": "km"}
    natural_key = ("batch", "kind")
    on_duplicate = "update"
    catalogue = CATALOGUE


class CensusSampleResource(Resource):
    """抽查复测. Drawn by seed; the result follows from the measured differences."""

    model = CensusSample
    label = "label"
    columns = ("label", "batch", "number", "resource", "result", "offset_m", "height_diff_m", "surveyed_on", "surveyed_by")
    filters = ("batch", "result", "resource", "region_code")
    groups = (
        Group("样本", "batch", "number", "label", "resource", "geom"),
        Group("复测", "result", "offset_m", "height_diff_m", "wrong_fields", "surveyed_on", "surveyed_by", "note"),
    )
    form = ("offset_m", "height_diff_m", "wrong_fields", "result", "surveyed_on", "surveyed_by", "note")
    labels: ClassVar = {"result": "复测结果"}
    code_lists: ClassVar = {"result": LIST + "sample_result", "resource": LIST + "register"}
    tags: ClassVar = {"result": RESULT_TAGS}
    units: ClassVar = {"offset_m": "m", "height_diff_m": "m"}
    layer = Layer("geom", min_zoom=8, colour_by="result")
    catalogue = CATALOGUE

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """A result may be entered while the batch is being checked; it must be what the differences say."""
        batch = record.batch  # type: ignore[attr-defined]
        if batch.state != "supervised":
            raise Conflict("census.sample_state", "批次不在监理检查阶段，不能登记复测结果。")
        refuse_if(self._reasons(batch.region_code, values))
        return saving.update(self, record, values, expected)

    @staticmethod
    def _reasons(region: str, values: dict[str, Any]) -> list[Reason]:
        if not values.get("surveyed_on") or not values.get("surveyed_by"):
            return [Reason("census.surveyed", "请填写复测日期和复测人。", "surveyed_on")]
        said = values.get("result") or ""
        most = {name: census.parameter(name, region).value for name in ("resurvey_offset_most", "resurvey_height_most")}
        found = rules.judged(
            offset=values.get("offset_m"), height=values.get("height_diff_m"), wrong=values.get("wrong_fields") or [],
            missing=said in ("missing", "extra"), offset_most=most["resurvey_offset_most"], height_most=most["resurvey_height_most"],
        )  # fmt: skip
        if said in ("missing", "extra"):
            return []
        if values.get("offset_m") is None:
            return [Reason("census.offset", "请填写平面较差；实地没有这处设施的，复测结果选“实地没有”。", "offset_m")]
        if said != found:
            words = {"agree": "相符", "offset": "位置超差", "height": "高程超差", "attribute": "属性不符"}[found]
            limits = f"平面限差 {most['resurvey_offset_most']} m，高程限差 {most['resurvey_height_most']} m"
            return [Reason("census.result", f"按填写的较差，结果应为“{words}”（{limits}），请核对。", "result")]
        return []


class OwnerlessCaseResource(Resource):
    """无主井盖. Found, published, claimed or entrusted; the owner is never assumed."""

    model = OwnerlessCase
    label = "number"
    columns = (
        "number",
        "manhole",
        "found_on",
        "published_on",
        "claim_until",
        "state",
        "claimant_name",
        "entrusted_name",
        "region_code",
    )
    search = ("number",)
    filters = ("state", "found_on", "claim_until", "region_code")
    groups = (
        Group("案件", "number", "manhole", "state", "found_on", "found_by", "region_code"),
        Group("公告和认领", "published_on", "claim_until", "claimant_name", "claimant_org"),
        Group("代管和办结", "entrusted_name", "entrusted_org", "closed_on", "basis"),
    )
    code_lists: ClassVar = {"state": LIST + "ownerless_state"}
    tags: ClassVar = {"state": {"found": "warn", "published": "info", "claimed": "ok", "entrusted": "ok", "dropped": "muted"}}
    catalogue = CATALOGUE
    processes = ("asset_ownerless",)
    empty = "在窨井盖的详情页用“按无主办理”立案。"


class AsBuiltResource(Resource):
    """竣工测量. Pushed into the register within the limit after completion."""

    model = AsBuilt
    columns = ("name", "number", "builder_name", "completed_on", "due_on", "delivered_on", "state", "region_code")
    search = ("number", "name", "project_code")
    filters = ("state", "due_on", "completed_on", "region_code")
    groups = (
        Group("工程", "number", "name", "project_code", "kinds", "builder_name", "builder_org", "region_code"),
        Group("推送", "completed_on", "due_on", "delivered_on", "checked_on", "state", "batch", "note"),
    )
    form = ("name", "project_code", "kinds", "builder_name", "builder_org", "region_code", "completed_on", "batch", "note")
    code_lists: ClassVar = {"kinds": LIST + "census_kind", "state": LIST + "asbuilt_state"}
    tags: ClassVar = {"state": {"due": "warn", "delivered": "info", "checked": "info", "stored": "ok", "none": "muted"}}
    processes = ("asset_as_built",)
    cleaners: ClassVar = {"builder_org": clean, "project_code": clean}
    validators: ClassVar = {"builder_org": [_uscc]}
    catalogue = CATALOGUE
    actions = tuple(
        Action(
            title,
            f"municipal_assets:asbuilt_{step}",
            ("municipal_assets.as_built", "change"),
            when=lambda row, state=before: row.state == state and row.origin == "manual",
        )
        for step, title, before in (
            ("deliver", "登记推送", "due"),
            ("check", "质检通过", "delivered"),
            ("store", "登记入库", "checked"),
        )
    )
    empty = "项目竣工验收备案后自动登记；也可以补登。成果在期限内推送入库。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """What is not finished has no as-built survey yet."""
        done = values.get("completed_on")
        if done and done > timezone.localdate():
            return [Reason("asbuilt.completed_on", "竣工日期：不能晚于今天。", "completed_on")]
        return []

    def parties(self, values: dict[str, Any]) -> list[str]:
        """The builder sees its duty."""
        return [f"org:{values['builder_org']}"] if values.get("builder_org") else []

    def stored(self, records: list[Model]) -> None:
        """Number and last day."""
        for record in records:
            census.register_asbuilt(record)  # type: ignore[arg-type]

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """The last day follows the day of completion."""
        changed = saving.update(self, record, values, expected)
        return census.register_asbuilt(changed)  # type: ignore[arg-type]
