"""What all registers of municipal facilities share (docs/resources.md)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model

from zhujian.boards.urban_rural.municipal_assets.rules.aliases import ALIASES
from zhujian.boards.urban_rural.municipal_assets.services import numbering, versions
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.codes import clean, uscc_check
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Action, Catalogue, Group, Resource, Share, Update

LIST = "municipal_assets."
CONDITION_TAGS = {"1": "ok", "2": "ok", "3": "warn", "4": "error", "5": "error"}
STATUS_TAGS = {
    "in_use": "ok", "building": "info", "planned": "info", "suspended": "warn", "abandoned": "muted", "removed": "muted",
}  # fmt: skip
BODIES = Group(
    "责任单位", "owner_name", "owner_org", "maintainer_name", "maintainer_org", "regulator_name", "regulator_org",
)  # fmt: skip
STATE = Group("状况", "condition", "condition_original", "condition_on", "status")
ORIGIN = Group("来源和时效", "valid_from", "valid_to", "planned", "source", "accuracy_m", "batch", "note")
ACTS = ("valid_to", "bci", "bci_grade", "ownership")
ORGS = ("owner_org", "maintainer_org", "regulator_org")
MAKING = ("built_on", "material", "spec", "design_life_years")


def _uscc(text: str) -> list[Reason]:
    return uscc_check(text) if text else []


def snake(name: str) -> str:
    """``PipeLine`` → ``pipe_line``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def is_open(record: Any) -> bool:
    """Whether a row is the present or a planned version, not history."""
    return record.valid_to is None


class AssetResource(Resource):
    """What the registers share. Not a register itself: it names no model."""

    search = ("code", "name")
    code_lists: ClassVar = {
        "condition": LIST + "condition", "status": LIST + "status", "source": LIST + "source", "material": LIST + "material",
    }  # fmt: skip
    tags: ClassVar = {"condition": CONDITION_TAGS, "status": STATUS_TAGS}
    units: ClassVar = {"accuracy_m": "m", "design_life_years": "年"}
    cleaners: ClassVar = {"code": clean, "owner_org": clean, "maintainer_org": clean, "regulator_org": clean}
    validators: ClassVar = {"owner_org": [_uscc], "maintainer_org": [_uscc], "regulator_org": [_uscc]}
    natural_key = ("code",)
    key_in_county = True
    on_duplicate = "update"
    prefix = ""  # of module codes, for what is no component
    coded = False  # whether its facilities are components with 16-digit codes (GB/T 30428.2)
    aliases: ClassVar = ALIASES
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行安全和应急需要", update=Update.REALTIME)
    empty = "可以逐处登记，也可以导入普查成果（SHP、GeoPackage、GeoJSON 或表格）。"

    @cached_property
    def form_names(self) -> tuple[str, ...]:
        """Fields a person fills in; ending a version and grading a bridge are acts of their own."""
        names = (name for group in self.sections for name in group.fields)
        return tuple(name for name in names if self.fields[name].editable and name not in ACTS)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "model" in cls.__dict__:
            name = snake(cls.__name__.removesuffix("Resource"))
            access = (f"municipal_assets.{name}", "change")
            cls.actions = (
                Action("登记新版本", f"municipal_assets:{name}_version", access, when=is_open),
                Action("停用或拆除", f"municipal_assets:{name}_end", access, when=is_open),
                *cls.actions,
            )
        super().__init_subclass__(**kwargs)

    def parties(self, values: dict[str, Any]) -> list[str]:
        """Owner, maintainer and regulator see the facility."""
        codes = [values.get(name) for name in ORGS]
        return [f"org:{code}" for code in codes if code]

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """A correction; who is responsible now sees the facility."""
        changed = super().change(record, values, expected)
        self._seen_by_bodies(changed)
        return changed

    def _seen_by_bodies(self, record: Model) -> None:
        wanted = self.parties({name: getattr(record, name) for name in ORGS})
        if set(wanted) != set(record.parties):  # type: ignore[attr-defined]
            record.parties = wanted  # type: ignore[attr-defined]
            self.model._default_manager.filter(pk=record.pk).update(parties=wanted)

    def stored(self, records: list[Model]) -> None:
        """New facilities get the codes that nobody typed; typed ones raise the counters."""
        numbering.give_codes(self.model, records, prefix=self.prefix, coded=self.coded)

    def imported(self, created: list[Model], updated: list[Model]) -> None:
        """Who is responsible now sees the facility; one event and one piece of evidence for the whole file."""
        for record in updated:
            self._seen_by_bodies(record)
        versions.tell_imported(self.key, [*created, *updated], len(created), len(updated))

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A condition grade needs to say what it comes from; a component's code must be one of its county and class."""
        found = []
        code, region = values.get("code") or "", values.get("region_code") or scope.current().region_code
        if code and self.coded and (record is None or code != getattr(record, "code", "")):
            found += numbering.component_reasons(code, region, values.get("class_code") or "")
        if not code and self.coded and record is None and not numbering.is_county(region):
            found.append(Reason("code.county", "行政区划：标识码按县（市、区）编号，请把行政区划选到县级或以下。", "region_code"))
        if values.get("condition") and not values.get("condition_original"):
            found.append(
                Reason(
                    "asset.condition_source", "原评价结果：填写状况等级时，请写明依据的标准和原得分或等级。", "condition_original"
                )
            )
        if values.get("owner_org") and not values.get("owner_name"):
            found.append(Reason("asset.owner_name", "产权单位：填写了产权单位代码，请同时填写名称。", "owner_name"))
        return found
