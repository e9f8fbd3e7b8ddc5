"""Routes of registers, census, covers without an owner, and the overview; `urls.py` mounts them beside the network's."""

from __future__ import annotations

from django.urls import URLPattern, path

from zhujian.boards.urban_rural.municipal_assets.views import assets

urlpatterns: list[URLPattern] = [
    *(path(f"{name}/<int:pk>/version/", assets.version_view(name), name=f"{name}_version") for name in assets.NAMES),
    *(path(f"{name}/<int:pk>/end/", assets.end_view(name), name=f"{name}_end") for name in assets.NAMES),
    *(path(f"{name}/<int:pk>/file/", assets.file_view(name), name=f"{name}_file") for name in assets.NAMES),
]
