"""The viewer page of a version: the model in 3D; without scripts or WebGL a table of its elements, and one element's properties."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from zhujian.foundation.bim import selectors
from zhujian.foundation.bim.convert.words import label
from zhujian.foundation.bim.models import Element, Version
from zhujian.foundation.kernel.access import access

ROWS = 100
OTHERS = 20


def _number(text: str, most: int = 2**31 - 1) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 11 and int(text) <= most else None


def elements(version: Version, storey: int | None, text: str, after: int) -> tuple[list[Element], bool]:
    """A page of elements after the number `after`, and whether there are more. `text`: part of a name or the beginning of a GlobalId."""
    rows = (
        Element.objects.filter(version=version, feature_index__gt=after)
        .order_by("feature_index")
        .defer("properties", "digest", "amount", "box")
    )
    if storey is not None:
        rows = rows.filter(storey=storey)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(global_id__startswith=text))
    found = list(rows[: ROWS + 1])
    return found[:ROWS], len(found) > ROWS


def _others(version: Version) -> list[dict[str, Any]]:
    """Versions with drawings to compare with; the differences always run from the other one to this one."""
    rows = [one for one in selectors.versions(version.model)[: OTHERS + 1] if one.pk != version.pk and one.storeys]
    return [
        {
            "id": one.pk, "title": f"第{one.number}版（{one.get_state_display()}）", "tree": reverse("bim:tree", args=[one.pk]),
            "compare": reverse("bim:compare_data", args=[one.pk, version.pk]),
        }
        for one in rows
    ]  # fmt: skip


@require_GET
@access("bim.version", "view")
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """The viewer. ``?element=<number>`` shows that element first; ``?storey=&q=&after=`` page the table."""
    version = selectors.version(pk)
    asked = request.GET
    text = asked.get("q", "").replace("\x00", "").strip()[:60]
    storey, after, chosen = _number(asked.get("storey", "")), _number(asked.get("after", "")), _number(asked.get("element", ""))
    names = {one["number"]: one["name"] for one in version.storeys}
    rows, more = elements(version, storey, text, -1 if after is None else after)
    kept = {"storey": "" if storey is None else storey, "q": text}
    context = {
        "version": version, "model": version.model, "others": _others(version), "q": text, "storey": storey, "names": names.items(),
        "rows": [(one, label(one.ifc_class), names.get(one.storey, "")) for one in rows],
        "next": f"?{urlencode({**kept, 'after': rows[-1].feature_index})}" if more else "", "first": f"?{urlencode(kept)}" if after is not None else "",
        "chosen": selectors.element(version, chosen) if chosen is not None else None, "focus": chosen,
        "element": reverse("bim:element", args=[pk, 0]).replace("/0.json", "/{index}.json"),
    }  # fmt: skip
    return render(request, "bim/viewer.html", context)


__all__ = ["elements", "view"]
