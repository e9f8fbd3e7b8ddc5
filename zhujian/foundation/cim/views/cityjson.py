"""CityJSON comes in: one page, first the report, then the registration."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from zhujian.foundation.cim.forms import day_input
from zhujian.foundation.cim.services import cityjson_import
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Reason, Refusal

SHOWN = 500


class CityJSONForm(forms.Form):
    """The file, and since when its buildings stand."""

    file = forms.FileField(label="CityJSON 文件", help_text="CityJSON 2.0（.city.json），须写明坐标系。")
    on = forms.DateField(label="启用日期", required=False, widget=day_input(), help_text="留空时按建成年份，没有年份的从今天起。")


@require_http_methods(["GET", "POST"])
@access("cim.building", "import")
def upload(request: HttpRequest) -> HttpResponse:
    """Check a file, or (``save``) check it and register what is without fault."""
    form = CityJSONForm(request.POST or None, request.FILES or None)
    lines: list[cityjson_import.Line] = []
    reasons: tuple[Reason, ...] = ()
    done: int | None = None
    if request.method == "POST" and form.is_valid():
        try:
            lines = cityjson_import.check(form.cleaned_data["file"].read())
            if "save" in request.POST:
                done = cityjson_import.save(lines, form.cleaned_data["on"])
        except Refusal as refusal:
            reasons = refusal.reasons
    good = [line for line in lines if not line.reasons]
    bad = [line for line in lines if line.reasons]
    context = {
        "form": form, "reasons": reasons, "done": done, "good": len(good), "bad": len(bad), "lines": [*bad, *good][:SHOWN], "count": len(lines),
    }  # fmt: skip
    return render(request, "cim/cityjson.html", context, status=422 if form.errors or reasons else 200)
