"""Pages: what helps where, each model's card, and the decisions about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhujian.boards.city_management.advice import selectors, services
from zhujian.boards.city_management.advice.models import LearnedModel
from zhujian.boards.city_management.advice.services.hotspots import monday
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound

ABOUT = {
    LearnedModel.Purpose.CLASS: "读上报的文字，列出最可能的小类和责任单位供受理员核对。不立案、不派遣。",
    LearnedModel.Purpose.DUPLICATE: "把疑似重复的案件按可能性排序，是否并入由受理员决定。",
    LearnedModel.Purpose.HOTSPOT: "预计本周上报最多的单元网格，供安排巡查参考。",
}
TAGS = {"wanted": "tag-info", "refused": "tag-warn", "trained": "tag-info", "in_use": "tag-ok", "retired": "tag-muted"}
SHOWN = 30


@require_GET
@access("advice.learned_model", "view")
def overview(request: HttpRequest) -> HttpResponse:
    """The three purposes, what is in use, how people answer, where this week's hot spots are."""
    rows = list(selectors.models()[:SHOWN])
    uses = [
        {"code": purpose.value, "title": purpose.label, "about": about,
         "in_use": next((row for row in rows if row.purpose == purpose and row.state == "in_use"), None),
         "waiting": next((row for row in rows if row.purpose == purpose and row.state in ("wanted", "trained")), None)}
        for purpose, about in ABOUT.items()
    ]  # fmt: skip
    return render(request, "advice/overview.html", {
        "uses": uses, "rows": [(row, TAGS[row.state]) for row in rows], "agreement": selectors.agreement(),
        "hot": selectors.hot(monday(timezone.localdate())), "week": monday(timezone.localdate()), "city": scope.city_of(scope.current().region_code),
    })  # fmt: skip


@require_POST
@access("advice.learned_model", "train")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a training."""
    row = services.do_ask(request.POST.get("purpose", ""), scope.current().region_code)
    messages.success(request, "已提出训练，后台完成后在这里显示结果。")
    return redirect("advice:model", row.pk)


def _found(pk: int) -> LearnedModel:
    row = selectors.models().filter(pk=pk).first()
    if row is None:
        raise NotFound("advice.model", "没有找到这个模型，或它不属于您管辖的城市。")
    return row


@require_GET
@access("advice.learned_model", "view")
def model(request: HttpRequest, pk: int) -> HttpResponse:
    """A model's card: what for, learned from what, how good, what it gets wrong, who put it in use."""
    row = _found(pk)
    context: dict[str, Any] = {"model": row, "tag": TAGS[row.state], "about": ABOUT[LearnedModel.Purpose(row.purpose)]}
    if row.purpose == LearnedModel.Purpose.CLASS and row.measures:
        context |= {"heads": [_head("小类", row.measures["class"]), _head("责任单位", row.measures["organisation"], organisation=True)],
                    "agreement": selectors.agreement(row)}  # fmt: skip
    return render(request, "advice/model.html", context)


def _head(title: str, found: dict[str, Any], *, organisation: bool = False) -> dict[str, Any]:
    def words(label: str) -> str:
        if not organisation:
            return selectors.class_words(label)
        body = identity.organisation(label)
        return body.name if body else label

    rows = sorted(found["classes"], key=lambda one: -one["there"])
    return {
        "title": title, "rows": found["rows"], "right": found["right"], "listed": found["listed"], "usual": found["usual"], "macro_f1": found["macro_f1"],
        "classes": [{"name": words(one["label"]), **one} for one in rows if one["there"]],
        "mistaken": [(words(a), words(b), count) for a, b, count in found["mistaken"]],
    }  # fmt: skip


@require_POST
@access("advice.learned_model", "decide")
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a trained model in use."""
    services.do_put_in_use(pk, reason=request.POST.get("reason", ""))
    messages.success(request, "已启用。新到的上报将带上这个模型的建议。")
    return redirect("advice:model", pk)


@require_POST
@access("advice.learned_model", "decide")
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a model out of use."""
    services.do_retire(pk, reason=request.POST.get("reason", ""))
    messages.success(request, "已停用，不再给出建议。")
    return redirect("advice:model", pk)
