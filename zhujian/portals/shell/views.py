"""The frame's own acts: the 长辈版 switch and the page of components."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.kernel.middleware import problem, wants_json
from zhujian.portals.shell.context import HOMES, first_route

YEAR = 365 * 24 * 3600


def next_address(request: HttpRequest, fallback: str = "/") -> str:
    """Where the form asked to go afterwards, if it is a page of this platform."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return fallback


@require_GET
@access("shell.frame", "use")
def root(request: HttpRequest) -> HttpResponse:
    """Where each kind of person begins: workbench, enterprise hall, or the public page."""
    home = first_route(HOMES.get(scope.current().kind, ""))
    if home and home != first_route("public:home"):
        return HttpResponseRedirect(home)
    if not first_route("public:home"):
        return HttpResponseRedirect(first_route("login"))
    from zhujian.portals.public.views import home as public_home

    return public_home(request)


@require_POST
@access("shell.frame", "use")
def elder(request: HttpRequest) -> HttpResponse:
    """Turn the 长辈版 on or off for this browser."""
    response = HttpResponseRedirect(next_address(request))
    response.set_cookie("elder", "1" if request.POST.get("elder") == "1" else "0", max_age=YEAR, samesite="Lax", path="/")
    return response


class ExampleForm(forms.Form):
    """The form on the page of components: one of each kind of field, errors included."""

    name = forms.CharField(label="工程名称", help_text="与立项批文名称一致，不超过 120 字。", max_length=120)
    code = forms.CharField(label="国家统一项目代码", help_text="24 位，例如 2405-420106-04-01-123456。", min_length=24)
    city = forms.ChoiceField(label="所在市州", choices=[("", "请选择"), ("420100", "武汉市"), ("420500", "宜昌市")])
    kind = forms.ChoiceField(label="工程类别", choices=[("1", "房屋建筑"), ("2", "市政基础设施")], widget=forms.RadioSelect)
    area = forms.DecimalField(label="建筑面积（平方米）", min_value=0, decimal_places=2)
    day = forms.DateField(label="计划开工日期", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    paper = forms.FileField(label="立项批文", required=False, help_text="PDF 或图片，不超过 20 MB。")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agree = forms.BooleanField(label="我已核对以上内容，与批准文件一致")


@access("shell.frame", "use")
def style(request: HttpRequest) -> HttpResponse:
    """Every component of the platform's look on one page."""
    wrong = ExampleForm({"wrong-code": "abc", "wrong-note": "示例"}, prefix="wrong")
    wrong.is_valid()
    return render(request, "shell/style.html", {"form": ExampleForm(), "wrong": wrong})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    return problem(request, NotFound("not_found", "没有找到您要的页面，可能地址有误或内容已移走。"), 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something unforeseen failed; the page needs neither database nor templates of other rooms."""
    if wants_json(request):
        body = {"type": "about:blank", "title": "系统繁忙，请稍后重试。", "status": 500, "code": "system.error"}
        return JsonResponse(body, status=500, content_type="application/problem+json")
    return HttpResponse(render_to_string("500.html"), status=500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: an old page, or cookies switched off."""
    return problem(request, Refusal("form.expired", "页面停留时间过长，提交没有生效。请返回刷新页面后重新提交。"), 403)
