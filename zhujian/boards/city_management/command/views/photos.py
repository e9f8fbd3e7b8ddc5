"""Photos of reports and cases: small for lists, medium for judging, full for looking closely."""

from __future__ import annotations

import io
from typing import IO, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET
from PIL import Image, ImageOps

from zhujian.boards.city_management.command.models import Photo
from zhujian.foundation.documents import vault
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound

SIZES = {"small": (400, 300), "medium": (1280, 960)}
PICTURES = {"jpeg", "png"}


@require_GET
@access("command.photo", "view")
def photo(request: HttpRequest, pk: int, size: str) -> HttpResponse:
    """One photo in a size. The row decides who may see it; a reduced picture carries no place, device or time of its own."""
    found = Photo.objects.select_related("file").filter(pk=pk).first()
    if found is None or size not in (*SIZES, "full"):
        raise NotFound("command.photo.missing", "没有找到这张照片，可能不在您的可见范围内。")
    if size == "full" or found.file.kind not in PICTURES:
        return redirect(f"{reverse('documents:file', args=[found.file_id])}?view=1")
    tag = f'"{found.sm3[:32]}-{size}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(
        reduced(cast("IO[bytes]", vault.open_content(found.file.sm3)), SIZES[size]), content_type="image/jpeg", headers=headers
    )


def reduced(stream: IO[bytes], box: tuple[int, int]) -> bytes:
    """A JPEG no larger than `box`, upright, without metadata. The picture was inspected when it was stored."""
    with stream, Image.open(stream) as picture:
        picture.draft("RGB", box)
        upright = ImageOps.exif_transpose(picture) or picture
        upright.thumbnail(box)
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
