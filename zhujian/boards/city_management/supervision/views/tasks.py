"""Pages of tasks: the office's desk, a task with its parts, a part with its steps, and a page for every act."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.supervision import forms, selectors
from zhujian.boards.city_management.supervision.models import Extension, SupervisionTask, UnitTask
from zhujian.boards.city_management.supervision.services import batch, extensions, records, tasks
from zhujian.boards.city_management.supervision.views.pages import add_reasons, ask, find
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.parameters import selectors as parameters


@require_GET
@access("supervision.task", "view")
def home(request: HttpRequest) -> HttpResponse:
    """What the office has to do, to review, and has given out."""
    code = selectors.own_code()
    mine, review = selectors.todo(code)
    context = {
        "mine": mine, "review": review, "issued": selectors.issued_by(code), "desk": selectors.desk(code),
        "may_take": allowed("supervision.unit_task", "handle") and any(one.node == "receive" for one in mine),
    }  # fmt: skip
    return render(request, "supervision/home.html", context)


@require_POST
@access("supervision.unit_task", "handle")
def take(request: HttpRequest) -> HttpResponse:
    """Sign for the ticked parts and take them in hand."""
    done = batch.do_take(int(text) for text in request.POST.getlist("unit") if text.isascii() and text.isdecimal())
    messages.success(request, f"已签收 {len(done)} 项，由本单位办理，请在反馈时限前反馈。")
    return redirect("supervision:unit", done[0].pk) if len(done) == 1 else redirect("supervision:home")


@require_http_methods(["GET", "POST"])
@access("supervision.task", "issue")
def new(request: HttpRequest) -> HttpResponse:
    """Draft a task; ``?origin=`` forwards a part of the office's own."""
    office = records.own_office()
    origin = _origin(request, office.code)
    initial = {"title": origin.title, "kind": origin.kind, "requirement": origin.requirement} if origin else {}
    form = forms.TaskForm(request.POST or None, request.FILES or None, offices=selectors.below(office), initial=initial)

    def do(data: dict) -> str:
        made = tasks.do_draft(data, files=data.pop("files"), origin_id=origin.pk if origin else None)
        return _kept(request, made)

    title = f"转办：{origin.title}" if origin else "布置监督任务"
    return ask(request, form, do, title=title, back="/supervision/", said="", button="直接下发", also=("draft", "先存草稿"))


@transaction.atomic
def _kept(request: HttpRequest, task: SupervisionTask) -> str:
    """Issue what was just written, unless it should stay a draft; the task's page."""
    if request.POST.get("draft"):
        messages.success(request, "草稿已保存，核对后请点击“下发”。")
    else:
        found = tasks.do_issue(task.pk)
        messages.success(request, f"已下发 {len(found.receivers)} 个单位，签收和反馈情况显示在本页。")
    return reverse("supervision:task", args=[task.pk])


def _origin(request: HttpRequest, code: str) -> UnitTask | None:
    text = request.GET.get("origin", "")
    if not text.isdecimal():
        return None
    found: UnitTask = find(UnitTask, int(text), "项承办任务")
    if found.org_code != code or found.state != UnitTask.State.HANDLING:
        raise Conflict("supervision.origin", "只能转办本单位正在办理的任务，请刷新页面。")
    return found


@require_GET
@access("supervision.task", "view")
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task with its parts."""
    found: SupervisionTask = find(SupervisionTask, pk, "项监督任务")
    own = found.issuer_code == selectors.own_code()
    units = [(unit, selectors.light_of(unit)) for unit in found.units.order_by("id")]
    context = {
        "task": found, "units": units, "files": selectors.files_of(found.files), "own": own, "kind": parameters.code_label("supervision.kind", found.kind),
        "receivers": [] if units else selectors.names_of(found.receivers), "may_issue": own and allowed("supervision.task", "issue"),
        "unanswered": len(batch.unanswered(found)) if own and allowed("supervision.task", "urge") and found.state == "issued" else 0,
    }  # fmt: skip
    return render(request, "supervision/task.html", context)


@require_http_methods(["GET", "POST"])
@access("supervision.task", "issue")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    found: SupervisionTask = find(SupervisionTask, pk, "项监督任务")
    initial = {n: getattr(found, n) for n in ("kind", "title", "requirement", "limit_days", "is_key", "receivers")}
    form = forms.TaskForm(
        request.POST or None, request.FILES or None, offices=selectors.below(records.own_office()), initial=initial
    )

    def do(data: dict) -> str:
        return _kept(request, tasks.do_change(found.pk, data, files=data.pop("files")))

    return ask(
        request,
        form,
        do,
        title=f"修改 {found.number}",
        back=reverse("supervision:task", args=[pk]),
        said="",
        button="直接下发",
        also=("draft", "保存草稿"),
    )


@require_POST
@access("supervision.task", "issue")
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a draft."""
    found = tasks.do_issue(pk)
    messages.success(request, f"已下发 {len(found.receivers)} 个单位，签收和反馈情况显示在本页。")
    return redirect("supervision:task", found.pk)


@require_http_methods(["GET", "POST"])
@access("supervision.task", "issue")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a task."""
    found: SupervisionTask = find(SupervisionTask, pk, "项监督任务")
    back = reverse("supervision:task", args=[pk])

    def do(data: dict) -> str:
        tasks.do_cancel(pk, reason=data["reason"])
        return back

    return ask(
        request,
        forms.ReasonForm(request.POST or None),
        do,
        title=f"撤销 {found.title}",
        back=back,
        said="任务已撤销。",
        danger=True,
        button="撤销任务",
    )


@require_http_methods(["GET", "POST"])
@access("supervision.unit_task", "view")
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One part: what is asked, what was done; POST completes the step that is the actor's."""
    found: UnitTask = find(UnitTask, pk, "项承办任务")
    step = selectors.workflow_task(found)
    form = forms.ActForm(request.POST or None, request.FILES or None, node=step.node if step else "")
    if request.method == "POST" and form.is_valid():
        try:
            done = tasks.do_act(
                pk,
                request.POST.get("node", ""),
                request.POST.get("outcome", ""),
                comment=form.cleaned_data["comment"],
                files=form.cleaned_data["files"],
            )
        except NotAllowed:
            raise
        except Refusal as refusal:
            add_reasons(form, refusal)
        else:
            return _after(request, done, request.POST.get("outcome", ""))
    code = selectors.own_code()
    may_handle = allowed("supervision.unit_task", "handle") and code == found.org_code
    may_review = allowed("supervision.task", "review") and code == found.issuer_code
    open_ = found.state not in ("closed", "cancelled")
    if step is not None and not (may_review if step.node == "review" else may_handle):
        step = None
    context = {
        "unit": found, "step": step, "form": form, "light": selectors.light_of(found), "steps": found.steps.order_by("-id"),
        "files": selectors.files_of(found.files), "feedback_files": selectors.files_of(found.feedback_files), "may_handle": may_handle,
        "may_review": may_review, "kind": parameters.code_label("supervision.kind", found.kind), "asked": found.extensions.order_by("-id"),
        "level": parameters.code_label("supervision.level", found.level) if found.level else "", "open": open_,
        "forwarded": SupervisionTask.objects.filter(origin=found).order_by("-id"), "may_urge": allowed("supervision.task", "urge") and code != found.org_code,
        "may_take": may_handle and found.state == "issued", "may_name": may_review and open_ and allowed("supervision.circular", "draft"),
        "may_forward": may_handle and found.state == "handling" and allowed("supervision.task", "issue"),
    }  # fmt: skip
    return render(request, "supervision/unit.html", context, status=422 if form.is_bound and form.errors else 200)


def _after(request: HttpRequest, done: UnitTask, outcome: str) -> HttpResponse:
    """Where to go on: forwarding asks to whom, a review goes to the next answer that waits, all else stays."""
    if outcome == "forward":
        messages.success(request, "请选择转办的下级单位。")
        return redirect(f"{reverse('supervision:task_new')}?origin={done.pk}")
    following = selectors.next_review(done.issuer_code, done.pk) if outcome in ("close", "return") else None
    words = f"《{done.title}》（{done.org_name}）{done.get_state_display()}。"
    if following is not None:
        messages.success(request, words + "下面是下一份待审核的反馈。")
        return redirect("supervision:unit", following.pk)
    messages.success(request, words + ("待审核的反馈已全部审完。" if outcome in ("close", "return") else ""))
    return redirect("supervision:unit", done.pk)


@require_http_methods(["GET", "POST"])
@access("supervision.task", "urge")
def urge_all(request: HttpRequest, pk: int) -> HttpResponse:
    """催办 all units that have not answered."""
    found: SupervisionTask = find(SupervisionTask, pk, "项监督任务")
    back = reverse("supervision:task", args=[pk])
    names = [unit.org_name for unit in batch.unanswered(found)]

    def do(data: dict) -> str:
        messages.success(request, f"已催办 {batch.do_urge_all(pk, text=data['text'])} 个单位。")
        return back

    note = f"将通知还没有反馈的 {len(names)} 个单位：{'、'.join(names[:12])}{'等' if len(names) > 12 else ''}。"
    return ask(
        request,
        forms.UrgeAllForm(request.POST or None),
        do,
        title=f"催办：{found.title}",
        back=back,
        said="",
        note=note,
        button="发送催办",
    )


@require_http_methods(["GET", "POST"])
@access("supervision.task", "urge")
def urge(request: HttpRequest, pk: int) -> HttpResponse:
    """催办 or 督办."""
    found: UnitTask = find(UnitTask, pk, "项承办任务")
    back = reverse("supervision:unit", args=[pk])

    def do(data: dict) -> str:
        if data["level"]:
            tasks.do_supervise(pk, level=data["level"], text=data["text"])
        else:
            tasks.do_urge(pk, text=data["text"])
        return back

    return ask(
        request,
        forms.UrgeForm(request.POST or None),
        do,
        title=f"催办、督办：{found.org_name}",
        back=back,
        said="已通知承办单位。",
    )


@require_http_methods(["GET", "POST"])
@access("supervision.unit_task", "handle")
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for more time."""
    found: UnitTask = find(UnitTask, pk, "项承办任务")
    back = reverse("supervision:unit", args=[pk])

    def do(data: dict) -> str:
        extensions.do_ask(pk, **data)
        return back

    return ask(
        request,
        forms.ExtensionForm(request.POST or None),
        do,
        title=f"申请延期：{found.title}",
        back=back,
        said="申请已提交，由下发单位审核。",
    )


@require_POST
@access("supervision.task", "review")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant or refuse more time."""
    asked: Extension = find(Extension, pk, "份延期申请")
    grant = request.POST.get("grant") == "1"
    extensions.do_decide(pk, grant=grant, opinion=request.POST.get("opinion", ""))
    messages.success(request, "已同意延期，反馈时限已顺延。" if grant else "已告知承办单位不同意延期。")
    return redirect("supervision:unit", asked.unit_id)
