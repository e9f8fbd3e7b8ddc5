"""Pages of checks on site, consultations and cameras."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.supervision import forms, selectors
from zhujian.boards.city_management.supervision.models import Camera, Checklist, Consultation, SiteCheck
from zhujian.boards.city_management.supervision.services import checks, meetings, records, video
from zhujian.boards.city_management.supervision.views.pages import add_reasons, ask, find
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotAllowed, Refusal
from zhujian.foundation.workflow.services.clocks import light

CHECKS, CONSULTATIONS, CAMERAS = "/r/supervision/site_check/", "/r/supervision/consultation/", "/r/supervision/camera/"


@require_GET
@access("supervision.site_check", "check")
def check_lists(request: HttpRequest) -> HttpResponse:
    """Choose a checklist."""
    return render(request, "supervision/check_lists.html", {"lists": checks.editions()})


@require_http_methods(["GET", "POST"])
@access("supervision.site_check", "check")
def check_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a checklist: every item good, a fault with words and photo, or not applicable."""
    sheet: Checklist = find(Checklist, pk, "份检查清单")
    form = forms.CheckHeadForm(request.POST or None, offices=selectors.below(records.own_office()))
    rest = "good" if request.POST.get("rest_good") else ""
    answers = {
        item["code"]: {
            "result": request.POST.get(f"result_{item['code']}", "") or rest,
            "text": request.POST.get(f"text_{item['code']}", ""),
        }
        for item in sheet.items
    }
    faults: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        photos = {item["code"]: request.FILES.getlist(f"photo_{item['code']}") for item in sheet.items}
        try:
            made = checks.do_check({**form.cleaned_data, "checklist": sheet.pk}, answers, photos)
        except NotAllowed:
            raise
        except Refusal as refusal:
            add_reasons(form, refusal)
            faults = {
                str(r.field).split("_", 1)[-1]: r.message for r in refusal.reasons if r.field and r.field not in form.fields
            }
        else:
            messages.success(request, f"检查已登记，{made.faults} 项不合格。" + ("已通知责任单位整改。" if made.faults else ""))
            return redirect("supervision:check", made.pk)
    items = [
        {
            **item,
            "result": answers[item["code"]]["result"],
            "words": answers[item["code"]]["text"],
            "fault": faults.get(item["code"], ""),
        }
        for item in sheet.items
    ]
    context = {"sheet": sheet, "form": form, "items": items}
    return render(request, "supervision/check_new.html", context, status=422 if form.is_bound and form.errors else 200)


@require_GET
@access("supervision.site_check", "view")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """One check: answers, rectification, verification."""
    found: SiteCheck = find(SiteCheck, pk, "次现场检查")
    words = {item["code"]: item["text"] for item in found.checklist.items}
    rows: list[dict[str, Any]] = [
        {
            "finding": f,
            "text": words.get(f.item, f.item),
            "photos": selectors.files_of(f.photos),
            "after": selectors.files_of(f.after_photos),
            "light": light(f.due, None, None) if f.result == "fault" and not f.verified and not f.rectified_at else "",
        }
        for f in found.findings.order_by("id")  # type: ignore[attr-defined]
    ]
    own = selectors.own_code() == found.org_code
    context = {
        "check": found, "faults": [one for one in rows if one["finding"].result == "fault"],
        "rest": [one for one in rows if one["finding"].result != "fault"], "form": forms.ActForm(), "may_rectify": own and allowed("supervision.site_check", "rectify"),
        "may_verify": not own and allowed("supervision.site_check", "check"),
    }  # fmt: skip
    return render(request, "supervision/check.html", context)


@require_POST
@access("supervision.site_check", "rectify")
def rectify(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit reports a fault rectified."""
    found = checks.do_rectify(pk, text=request.POST.get("text", ""), photos=request.FILES.getlist("photos"))
    messages.success(request, "整改情况已提交，等待复核。")
    return redirect("supervision:check", found.check_record_id)


@require_POST
@access("supervision.site_check", "check")
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether a fault is right now."""
    passed = request.POST.get("passed") == "1"
    found = checks.do_verify(pk, passed=passed, opinion=request.POST.get("opinion", ""))
    messages.success(request, "复核通过。" if passed else "已退回责任单位继续整改。")
    return redirect("supervision:check", found.check_record_id)


@require_http_methods(["GET", "POST"])
@access("supervision.consultation", "hold")
def consultation_new(request: HttpRequest) -> HttpResponse:
    """Call a consultation."""
    form = forms.ConsultationForm(request.POST or None, request.FILES or None, offices=selectors.below(records.own_office()))

    def do(data: dict) -> str:
        return reverse("supervision:consultation", args=[meetings.do_call(data, files=data.pop("files")).pk])

    note = "" if video.configured("MEETING") else "视频会议系统尚未接入，本次会商只登记时间、议程、材料和纪要。"
    return ask(
        request,
        form,
        do,
        title="召集会商",
        back=CONSULTATIONS,
        said="会商已登记，参加单位已收到通知。",
        note=note,
        crumbs=[("在线会商", CONSULTATIONS)],
    )


@require_GET
@access("supervision.consultation", "view")
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """One consultation."""
    found: Consultation = find(Consultation, pk, "次会商")
    own = found.host_code == selectors.own_code() and allowed("supervision.consultation", "hold")
    context = {
        "row": found,
        "participants": selectors.names_of(found.participants),
        "files": selectors.files_of(found.files),
        "own": own,
    }
    return render(request, "supervision/consultation.html", context)


@require_http_methods(["GET", "POST"])
@access("supervision.consultation", "hold")
def consultation_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Write the minutes, or call it off."""
    found: Consultation = find(Consultation, pk, "次会商")
    back = reverse("supervision:consultation", args=[pk])
    common = {"back": back, "crumbs": [("在线会商", CONSULTATIONS), (found.title[:20], back)]}

    def record(data: dict) -> str:
        meetings.do_record(pk, **data)
        return back

    def call_off(data: dict) -> str:
        meetings.do_call_off(pk, **data)
        return back

    if act == "record":
        return ask(
            request,
            forms.MinutesForm(request.POST or None, request.FILES or None),
            record,
            title="会商纪要",
            said="纪要已保存。",
            **common,
        )
    return ask(
        request,
        forms.ReasonForm(request.POST or None),
        call_off,
        title="取消会商",
        said="已取消并通知参加单位。",
        danger=True,
        **common,
    )


@require_http_methods(["GET", "POST"])
@access("supervision.camera", "watch")
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the video gateway for a camera's live picture: a POST, because it is kept who looked."""
    found: Camera = find(Camera, pk, "台摄像机")
    url, reasons = "", ()
    if request.method == "POST":
        try:
            url = meetings.do_watch(pk)
        except NotAllowed:
            raise
        except Refusal as refusal:
            reasons = refusal.reasons
    context = {"camera": found, "url": url, "reasons": reasons, "connected": video.configured("STREAM")}
    return render(request, "supervision/watch.html", context, status=503 if reasons else 200)
