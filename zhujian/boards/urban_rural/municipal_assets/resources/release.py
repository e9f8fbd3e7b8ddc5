"""Declarations: leave to take underground data away, and what was taken; the gate before the underground registers."""

from __future__ import annotations

from typing import ClassVar

from zhujian.boards.urban_rural.municipal_assets.models import ReleaseEntry, ReleaseGrant
from zhujian.boards.urban_rural.municipal_assets.services import releases
from zhujian.foundation.resources import Group, Resource
from zhujian.foundation.resources.releasing import add_gate

LIST = "municipal_assets."


class ReleaseGrantResource(Resource):
    """管线资料提供审批. Applications to take underground data away, and the leave given."""

    model = ReleaseGrant
    label = "number"
    columns = ("number", "org_name", "applicant_name", "purpose", "area_km2", "valid_from", "valid_to", "state", "region_code")
    search = ("number", "org_name", "purpose")
    filters = ("state", "precision", "valid_from", "valid_to", "region_code")
    groups = (
        Group(
            "申请",
            "number",
            "applicant_name",
            "org_name",
            "purpose",
            "recipient",
            "area_km2",
            "valid_from",
            "valid_to",
            "region_code",
        ),
        Group("审批", "state", "precision", "reviewer_name", "approver_name", "opinion", "decided_at"),
    )
    units: ClassVar = {"area_km2": "km²"}
    code_lists: ClassVar = {"state": LIST + "release_state", "precision": LIST + "release_precision"}
    tags: ClassVar = {"state": {"reviewing": "info", "approved": "ok", "refused": "error"}}
    processes = ("asset_release",)
    own_page = "municipal_assets:release"
    empty = "还没有申请。导出地下管线超出小范围时，按提示提出申请。"


class ReleaseEntryResource(Resource):
    """管线资料提供记录. Every taking away of underground data, with its mark."""

    model = ReleaseEntry
    label = "number"
    columns = (
        "number",
        "register",
        "way",
        "form",
        "rows",
        "area_km2",
        "precision",
        "account_name",
        "org_name",
        "day",
        "grant",
        "region_code",
    )
    search = ("number", "account_name", "org_name")
    filters = ("register", "way", "day", "grant", "region_code")
    units: ClassVar = {"area_km2": "km²"}
    code_lists: ClassVar = {
        "register": LIST + "release_register", "way": LIST + "release_way", "precision": LIST + "release_precision",
    }  # fmt: skip
    empty = "还没有提供过管线资料。"


for _name in releases.REGISTERS:
    add_gate(LIST + _name, releases.gate)
