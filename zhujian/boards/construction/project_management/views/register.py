"""项目登记: the page on which a project enters the platform."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from zhujian.boards.construction.project_management.forms.register import RegisterForm, add_reasons
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal


def own_firm() -> dict[str, str]:
    """Developer fields prefilled with the firm the person acts for."""
    who = scope.current()
    code = next((key[4:] for key in who.keys if key.startswith("org:")), "") if who.kind == "enterprise" else ""
    firm = identity.organisation(code) if code else None
    return {"developer_code": firm.code, "developer_name": firm.name} if firm else {}


@require_http_methods(["GET", "POST"])
@access("project_management.project", "register")
def register(request: HttpRequest) -> HttpResponse:
    """Form on GET; registers the project and goes to its page on POST, or 422 with what to mend."""
    form = RegisterForm(request.POST or None, initial=own_firm())
    if request.method == "POST" and form.is_valid():
        try:
            project = do_register(form.cleaned_data)
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"项目已登记，项目代码 {project.code}。下一步：填写阶段申报表。")
            return redirect("project_management:project", project.pk)
    status = 422 if form.is_bound else 200
    return render(request, "project_management/register.html", {"form": form}, status=status)
