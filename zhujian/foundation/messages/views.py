"""Pages of the message centre."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.kernel.access import access
from zhujian.foundation.messages import selectors, services
from zhujian.foundation.messages.models import Message

PAGE = 30


@never_cache
@require_GET
@access("messages.message", "view")
def inbox(request: HttpRequest) -> HttpResponse:
    """The person's messages, newest first; unread ones unless ``all=1``."""
    everything = request.GET.get("all") == "1"
    found = Message.objects.filter(account=request.user.pk).order_by("-id")
    if not everything:
        found = found.filter(read_at__isnull=True)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    context = {
        "rows": rows[:PAGE], "more": rows[PAGE - 1].pk if len(rows) > PAGE else None, "all": everything,
        "unread": selectors.unread(),
    }  # fmt: skip
    return render(request, "messages/inbox.html", context)


@never_cache
@require_GET
@access("messages.message", "read")
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message; looking at it marks it as read."""
    return render(request, "messages/message.html", {"message": services.do_read(pk)})


@require_POST
@access("messages.message", "read")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    notices.success(request, f"已将{services.do_read_all()}条消息标为已读。")
    return redirect("messages:inbox")
