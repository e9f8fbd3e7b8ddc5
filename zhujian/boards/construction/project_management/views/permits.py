"""Pages of a construction permit: what it is, what may be asked for, what the issuing authority and the builders do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.construction.project_management import selectors
from zhujian.boards.construction.project_management.forms.fields import split_org
from zhujian.boards.construction.project_management.forms.register import add_reasons
from zhujian.boards.construction.project_management.forms.requests import REQUEST_FORMS, DatedForm, FirmForm
from zhujian.boards.construction.project_management.models import Permit, PermitAct, Project
from zhujian.boards.construction.project_management.selectors import thread
from zhujian.boards.construction.project_management.services import permits, requests
from zhujian.boards.construction.project_management.services.sharing import do_join
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal

RESOURCE = "project_management.permit"


@dataclass(frozen=True)
class Act:
    """One thing that is done to a permit at once, in which states, by whom."""

    title: str
    action: str
    do: Callable[[Permit, dict[str, Any]], Any]
    states: tuple[str, ...]
    issuer: bool = False


def _plain(service: Callable[..., Any]) -> Callable[[Permit, dict[str, Any]], Any]:
    return lambda permit, data: service(permit.pk, reason=data["reason"], on=data["on"])


ACTS = {
    "suspend": Act("中止施工", "suspend", _plain(permits.do_suspend), ("valid",)),
    "report": Act("报告中止施工", "suspend", lambda p, d: permits.do_report_stop(p.pk, on=d["on"]), ("suspended",)),
    "resume": Act("恢复施工", "resume", _plain(permits.do_resume), ("suspended",)),
    "reverify": Act("核验许可证", "reverify", _plain(permits.do_reverify), ("suspended",), issuer=True),
    "revoke": Act("撤销", "revoke", _plain(permits.do_revoke), ("valid", "suspended"), issuer=True),
    "cancel": Act("注销", "cancel", _plain(permits.do_cancel), ("valid", "suspended"), issuer=True),
}  # fmt: skip
REQUESTS = {"extend": ("valid",), "change": ("valid",), "reverify": ("suspended",), "reissue": ("lapsed", "cancelled")}


def _find(pk: int) -> Permit:
    found = Permit.objects.select_related("project").filter(pk=pk).first()
    if found is None:
        raise NotFound("permit.not_found", "没有找到这张施工许可证，可能不在您的管辖范围内。")
    return found


def _passes(guard: Callable[[Project], None], project: Project) -> bool:
    try:
        guard(project)
    except NotAllowed:
        return False
    return True


def _offered(permit: Permit) -> list[tuple[str, str, bool]]:
    """(address, title, dangerous) of what the viewer may do to the permit now."""
    if permit.project.readonly or not _passes(permits.require_builder, permit.project):
        return []
    issuer = _passes(permits.require_issuer, permit.project)
    found = []
    for key, act in ACTS.items():
        idle = key in ("suspend", "report") and (permit.started_on is None or (key == "report" and _reported(permit)))
        if permit.status in act.states and rights.allowed(RESOURCE, act.action) and (issuer or not act.issuer) and not idle:
            found.append((reverse(f"project_management:permit_{key}", args=[permit.pk]), act.title, key == "revoke"))
    if rights.allowed(RESOURCE, "request") and requests.open_request(permit) is None:
        for kind, states in REQUESTS.items():
            if permit.status in states and not (kind == "extend" and permit.started_on):
                found.append(
                    (reverse("project_management:permit_request", args=[permit.pk, kind]), f"申请{requests.KINDS[kind]}", False)
                )
    return found


def _reported(permit: Permit) -> bool:
    return PermitAct.objects.filter(permit=permit, kind="report", on__gte=permit.stopped_on or permit.issued_on).exists()


@require_GET
@access(RESOURCE, "view")
def permit(request: HttpRequest, pk: int) -> HttpResponse:
    """One permit with its record, what is being asked for, and what may be done now."""
    found = _find(pk)
    with scope.system("许可证办理记录"):  # whoever sees the permit sees all that was done to it, also before they joined
        acts = list(PermitAct.objects.filter(permit=found).order_by("-id"))
    asked = requests.open_request(found)
    context = {
        "permit": found, "acts": acts, "offered": _offered(found), "asked": asked, "asked_rows": requests.request_rows(asked.facts) if asked else [],
    }  # fmt: skip
    return render(request, "project_management/permit.html", context)


def _act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    found, act = _find(pk), ACTS[key]
    form = DatedForm(request.POST or None, on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            act.do(found, form.cleaned_data)
        except NotAllowed:
            raise
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已办理：{act.title}（{found.number}）。")
            return redirect("project_management:permit", found.pk)
    context = {"permit": found, "form": form, "title": act.title, "note": "", "danger": key in ("revoke", "cancel")}
    return render(request, "project_management/permit_act.html", context, status=422 if form.is_bound else 200)


def act_view(key: str) -> Callable[..., HttpResponse]:
    """The page of one act, under the act's own row of the access matrix."""

    @require_http_methods(["GET", "POST"])
    @access(RESOURCE, ACTS[key].action)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return _act(request, pk, key)

    return view


@require_http_methods(["GET", "POST"])
@access(RESOURCE, "request")
def request_page(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask the issuing authority for an extension, a change, a verification or a new permit."""
    found = _find(pk)
    if kind not in REQUEST_FORMS:
        raise NotFound("permit.request.missing", "没有这种申请事项。")
    form = REQUEST_FORMS[kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        if values.get("contractor_name"):
            values["contractor_name"], values["contractor_code"] = split_org(values["contractor_name"])
        try:
            requests.do_request(found.pk, kind, values)
        except NotAllowed:
            raise
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已提交申请：{requests.KINDS[kind]}。发证机关办结后会发消息告知。")
            return redirect("project_management:permit", found.pk)
    context = {
        "permit": found,
        "form": form,
        "title": f"申请{requests.KINDS[kind]}",
        "note": "提交后由发证机关审查决定，决定前许可证保持现状。",
        "danger": False,
    }
    return render(request, "project_management/permit_act.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access("project_management.project", "join")
def firm(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a firm join a project."""
    project: Project = selectors.project(pk)
    form = FirmForm(request.POST or None, roles=list(thread.role_names().items()), on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        name, code = split_org(data["org"])
        try:
            do_join(
                project,
                data["role"],
                code,
                name,
                data["on"],
                manager_name=data["manager_name"],
                certificate_no=data["certificate_no"],
            )
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已登记参建单位：{name}。该单位现在可以看到本项目。")
            return redirect(f"{reverse('project_management:project', args=[project.pk])}?tab=firms")
    return render(
        request, "project_management/firm.html", {"project": project, "form": form}, status=422 if form.is_bound else 200
    )
