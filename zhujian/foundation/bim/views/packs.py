"""Rule packs: what each rule demands, and registering a new edition."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from lxml import etree

from zhujian.foundation.bim import services
from zhujian.foundation.bim.forms import PackForm, add_reasons
from zhujian.foundation.bim.models import RulePack
from zhujian.foundation.bim.services.packs import SPACE
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal


def rules_of(pack: RulePack) -> list[dict[str, Any]]:
    """Each rule in words."""
    root = etree.fromstring(pack.source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    return [
        {
            "code": rule.get("identifier", ""), "name": rule.get("name", ""), "demand": rule.get("instructions", ""), "why": rule.get("description", ""),
            "versions": rule.get("ifcVersion", "").replace("_ADD2", ""), "advisory": rule.get("identifier", "") in pack.advisory,
            **pack.notes.get(rule.get("identifier", ""), {}),
        }
        for rule in root.iter(f"{SPACE}specification")
    ]  # fmt: skip


@require_GET
@access("bim.rule_pack", "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition with its rules; ``?download=1`` gives the IDS file itself. Packs of the province are open to every office below."""
    with scope.system("查阅规则包"):
        pack = RulePack.objects.filter(pk=pk).first()
    if pack is None:
        raise NotFound("bim.pack_not_found", "没有找到这个规则包。")
    if request.GET.get("download") == "1":
        name = f"{pack.key}-{pack.edition}.ids"
        return HttpResponse(
            pack.source,
            content_type="application/xml; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    return render(request, "bim/pack.html", {"pack": pack, "rules": rules_of(pack)})


@require_http_methods(["GET", "POST"])
@access("bim.rule_pack", "register")
def register(request: HttpRequest) -> HttpResponse:
    """登记新版次."""
    initial = {"region_code": scope.current().region_code, "valid_from": timezone.localdate()}
    form = PackForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            pack = services.do_register_pack(form.values())
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已登记 {pack}，自 {pack.valid_from:%Y-%m-%d} 起提交的模型按它检查。")
            return redirect("bim:pack", pack.pk)
    return render(request, "bim/pack_form.html", {"form": form}, status=422 if form.is_bound else 200)
