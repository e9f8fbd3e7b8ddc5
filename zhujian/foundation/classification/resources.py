"""Declarations: classes and how they map."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from zhujian.foundation.classification import rules
from zhujian.foundation.classification.models import ClassItem, Mapping, Scheme
from zhujian.foundation.kernel import memory
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Catalogue, Group, Resource, Share, Update


class SchemeResource(Resource):
    """An edition of the class tables."""

    model = Scheme
    columns = ("code", "title", "valid_from", "valid_to", "basis")
    order = "-valid_from"


class ClassItemResource(Resource):
    """A minor class of components or events. Cities number their own downwards from 99."""

    model = ClassItem
    label = "name"
    columns = ("code", "name", "major", "kind", "scheme", "region_code", "confidence")
    search = ("code", "name")
    filters = ("scheme", "kind", "region_code")
    sorts = ("code",)
    order = "code"
    groups = (Group("小类", "scheme", "kind", "code", "name", "major", "region_code", "confidence"),)
    form = ("scheme", "kind", "code", "name", "major", "region_code")
    natural_key = ("scheme", "kind", "code", "region_code")
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="GB/T 30428.2-2013")

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The code's shape; a city's own class must not take a number that the standard may still give."""
        scheme = Scheme.objects.filter(pk=values.get("scheme") or 0).first()
        code = values.get("code") or ""
        if scheme is None or not code:
            return []
        reasons = rules.check_class(code, scheme.minor_digits)
        if not reasons and values.get("region_code"):
            same = ClassItem.objects.filter(scheme=scheme, kind=values.get("kind") or "", region_code="")
            reasons = rules.check_extension(code, list(same.values_list("code", flat=True)))
        return reasons

    def stored(self, records: list[Model]) -> None:
        """Who asks next reads the classes anew."""
        memory.forget()

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """As any change; who asks next reads the classes anew."""
        changed = super().change(record, values, expected)
        memory.forget()
        return changed


class MappingResource(Resource):
    """An old class and what it is in a newer scheme."""

    model = Mapping
    label = "old"
    columns = ("old", "new", "exact", "note")
    filters = ("exact",)
    empty = "新旧分类的代码不能直接相接，需要逐项登记对照。"
