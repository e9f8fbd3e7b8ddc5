"""Routes of registers, census, covers without an owner, and the overview; `urls.py` mounts them beside the network's."""

from __future__ import annotations

from django.urls import URLPattern, path

from zhujian.boards.urban_rural.municipal_assets.views import assets, census, overview

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("census/<int:pk>/", census.batch, name="census"),
    path("manhole/<int:pk>/ownerless/", census.ownerless, name="manhole_ownerless"),
    *(path(f"as-built/<int:pk>/{step}/", census.asbuilt_view(step), name=f"asbuilt_{step}") for step in census.STEPS),
    *(path(f"{name}/<int:pk>/version/", assets.version_view(name), name=f"{name}_version") for name in assets.NAMES),
    *(path(f"{name}/<int:pk>/end/", assets.end_view(name), name=f"{name}_end") for name in assets.NAMES),
    *(path(f"{name}/<int:pk>/file/", assets.file_view(name), name=f"{name}_file") for name in assets.NAMES),
]
