"""What all pages of supervision share: a form page that asks, does, says what was done and where to go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal


def find(model: type[Any], pk: int, what: str, **related: Any) -> Any:
    """A visible row; NotFound otherwise."""
    found = model.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("supervision.missing", f"没有找到这{what}，可能不在您的管辖范围内。")
    return found


def add_reasons(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal's reasons beside their fields."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


def ask(
    request: HttpRequest, form: forms.Form, do: Callable[[dict[str, Any]], str], *, title: str, back: str, said: str, crumbs: list[tuple[str, str]] | None = None,
    note: str = "", button: str = "提交", danger: bool = False, also: tuple[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """A page with one form. `do(cleaned data)` returns the address to go to; its refusals stand beside the fields (422).

    `also`: (name, words) of a second button; `said` empty: `do` has told the person itself.
    """
    if request.method == "POST" and form.is_valid():
        try:
            address = do(form.cleaned_data)
        except NotAllowed:
            raise
        except Refusal as refusal:
            add_reasons(form, refusal)
        else:
            if said:
                messages.success(request, said)
            return HttpResponseRedirect(address)
    context = {
        "form": form, "title": title, "back": back, "note": note, "button": button, "danger": danger, "also": also,
        "crumbs": crumbs or [("监督检查", "/supervision/")], "multipart": form.is_multipart(),
    }  # fmt: skip
    return render(request, "supervision/form.html", context, status=422 if form.is_bound and form.errors else 200)
