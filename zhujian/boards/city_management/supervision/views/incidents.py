"""Pages of circulars, public opinion and emergencies."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.supervision import forms, selectors
from zhujian.boards.city_management.supervision.models import Circular, Emergency, Opinion, UnitTask
from zhujian.boards.city_management.supervision.services import circulars, emergencies, opinions, records
from zhujian.boards.city_management.supervision.views.pages import ask, find
from zhujian.foundation.kernel.access import access
from zhujian.foundation.parameters import selectors as parameters

OPINIONS, EMERGENCIES, CIRCULARS = "/r/supervision/opinion/", "/r/supervision/emergency/", "/r/supervision/circular/"


@require_GET
@access("supervision.circular", "view")
def circular(request: HttpRequest, pk: int) -> HttpResponse:
    """One circular with its paper."""
    found: Circular = find(Circular, pk, "份通报")
    context = {
        "circular": found,
        "named": selectors.names_of(found.named),
        "subject": f"supervision.circular:{pk}",
        "own": found.issuer_code == selectors.own_code(),
    }
    return render(request, "supervision/circular.html", context)


@require_http_methods(["GET", "POST"])
@access("supervision.circular", "draft")
def circular_new(request: HttpRequest) -> HttpResponse:
    """Draft a circular; ``?unit=`` names the unit of a part and says what it is about."""
    office = records.own_office()
    text = request.GET.get("unit", "")
    part = UnitTask.objects.filter(pk=int(text), issuer_code=office.code).first() if text.isascii() and text.isdecimal() else None
    initial = {"kind": "general"}
    if part is not None:
        initial |= {
            "title": f"关于{part.org_name}办理监督任务情况的通报"[:120], "named": [part.org_code],  # type: ignore[dict-item]
            "body": f"{part.org_name}承办的监督任务《{part.title}》（{part.number}），办理情况如下：\n",
        }  # fmt: skip
    form = forms.CircularForm(request.POST or None, offices=selectors.below(office), initial=initial)

    def do(data: dict) -> str:
        return reverse("supervision:circular", args=[circulars.do_draft(**data).pk])

    return ask(
        request, form, do, title="起草通报", back=CIRCULARS, said="草稿已保存，由负责人签发。", crumbs=[("监督通报", CIRCULARS)]
    )


@require_POST
@access("supervision.circular", "publish")
def circular_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft, as mended on the page."""
    row = circulars.do_publish(pk, title=request.POST.get("title", ""), body=request.POST.get("body", ""))
    following = selectors.next_draft(row.issuer_code, pk)
    words = f"已签发，文号 {row.number}，并已告知被通报单位。"
    messages.success(request, words + ("下面是下一份待签发的通报。" if following else ""))
    return redirect("supervision:circular", following.pk if following else pk)


@require_http_methods(["GET", "POST"])
@access("supervision.circular", "publish")
def circular_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide not to publish a draft."""
    back = reverse("supervision:circular", args=[pk])

    def do(data: dict) -> str:
        circulars.do_drop(pk, reason=data["reason"])
        return back

    return ask(
        request,
        forms.ReasonForm(request.POST or None),
        do,
        title="不予通报",
        back=back,
        said="已记录不予通报的理由。",
        crumbs=[("监督通报", CIRCULARS)],
    )


@require_GET
@access("supervision.opinion", "view")
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """One item."""
    found: Opinion = find(Opinion, pk, "条舆情")
    sentiment = parameters.code_label("supervision.sentiment", found.sentiment) if found.sentiment else ""
    return render(request, "supervision/opinion.html", {"opinion": found, "sentiment": sentiment})


@require_http_methods(["GET", "POST"])
@access("supervision.opinion", "judge")
def opinion_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Judge, turn into a task, close."""
    found: Opinion = find(Opinion, pk, "条舆情")
    back = reverse("supervision:opinion", args=[pk])
    common = {"back": back, "crumbs": [("舆情监测", OPINIONS), (found.title[:20], back)]}
    if act == "judge":
        form = forms.JudgeForm(request.POST or None, initial={"sentiment": found.sentiment, "summary": found.summary})

        def judge(data: dict) -> str:
            opinions.do_judge(pk, **data)
            return back

        return ask(request, form, judge, title="研判舆情", said="研判结果已保存。", **common)
    if act == "task":
        words = f"请核实《{found.title}》（{found.media}）反映的问题，依法处置并反馈结果。"
        initial = {"receivers": opinions.places(found), "requirement": words, "limit_days": 3}
        offices = selectors.below(records.own_office())
        task_form = forms.OpinionTaskForm(request.POST or None, offices=offices, initial=initial)

        def task(data: dict) -> str:
            return reverse("supervision:task", args=[opinions.do_task(pk, **data).pk])

        return ask(request, task_form, task, title="转办舆情", said="已下发监督任务。", button="下发", **common)

    def close(data: dict) -> str:
        opinions.do_close(pk, **data)
        return back

    return ask(request, forms.DisposalForm(request.POST or None), close, title="办结舆情", said="舆情已办结。", **common)


@require_http_methods(["GET", "POST"])
@access("supervision.emergency", "report")
def emergency_new(request: HttpRequest) -> HttpResponse:
    """首报."""

    def do(data: dict) -> str:
        return reverse("supervision:emergency", args=[emergencies.do_report(data).pk])

    form = forms.EmergencyForm(request.POST or None)
    return ask(
        request,
        form,
        do,
        title="突发事件首报",
        back=EMERGENCIES,
        said="首报已提交，上级单位已收到通知。",
        crumbs=[("应急管理", EMERGENCIES)],
        button="提交首报",
    )


@require_GET
@access("supervision.emergency", "view")
def emergency(request: HttpRequest, pk: int) -> HttpResponse:
    """One emergency with its reports, the missing days named."""
    found: Emergency = find(Emergency, pk, "起突发事件")
    kinds = {
        "kind": "supervision.emergency_kind",
        "level": "supervision.emergency_level",
        "response": "supervision.emergency_level",
    }
    labels = {
        name: parameters.code_label(key, getattr(found, name)) if getattr(found, name) else "" for name, key in kinds.items()
    }
    context = {
        "emergency": found, "labels": labels, "reports": found.reports.order_by("-id"), "missing": emergencies.missing_reports(found),  # type: ignore[attr-defined]
        "due": emergencies.daily_words(found) if found.state != "closed" else "",
    }  # fmt: skip
    return render(request, "supervision/emergency.html", context)


@require_http_methods(["GET", "POST"])
@access("supervision.emergency", "report")
def emergency_follow(request: HttpRequest, pk: int) -> HttpResponse:
    """续报、日报、终报."""
    found: Emergency = find(Emergency, pk, "起突发事件")
    last = found.reports.order_by("-id").first()  # type: ignore[attr-defined]
    initial = {"deaths": last.deaths, "injuries": last.injuries} if last else {}
    back = reverse("supervision:emergency", args=[pk])

    def do(data: dict) -> str:
        emergencies.do_follow_up(pk, data.pop("kind"), data)
        return back

    crumbs = [("应急管理", EMERGENCIES), (found.title[:20], back)]
    return ask(
        request,
        forms.FollowUpForm(request.POST or None, initial=initial),
        do,
        title="报告最新情况",
        back=back,
        said="报告已提交。",
        crumbs=crumbs,
    )


@require_http_methods(["GET", "POST"])
@access("supervision.emergency", "respond")
def emergency_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Start or change the response, end it, close the emergency."""
    found: Emergency = find(Emergency, pk, "起突发事件")
    back = reverse("supervision:emergency", args=[pk])
    common = {"back": back, "crumbs": [("应急管理", EMERGENCIES), (found.title[:20], back)]}

    def respond(data: dict) -> str:
        emergencies.do_respond(pk, **data)
        return back

    def end(data: dict) -> str:
        emergencies.do_end_response(pk, **data)
        return back

    def close(data: dict) -> str:
        emergencies.do_close(pk, **data)
        return back

    if act == "respond":
        form = forms.ResponseForm(
            request.POST or None, initial={"level": found.response or found.level, "commander": found.commander}
        )
        return ask(request, form, respond, title="启动、调整应急响应", said="响应等级已更新。", **common)
    if act == "end":
        return ask(request, forms.ReasonForm(request.POST or None), end, title="终止应急响应", said="应急响应已终止。", **common)
    return ask(request, forms.ConclusionForm(request.POST or None), close, title="办结突发事件", said="事件已办结。", **common)
