"""The route table: each module's ``urls.py`` under its code; the portals decide what stands at the root."""

from django.urls import include, path

from zhujian.foundation.kernel.registry import modules

urlpatterns = [
    path(
        "" if mod.code in {"shell", "identity", "resources"} else f"{mod.code.replace('_', '-')}/", include(f"{mod.package}.urls")
    )
    for mod in modules()
    if mod.has("urls")
]

handler404 = "zhujian.portals.shell.views.not_found"
handler500 = "zhujian.portals.shell.views.broken"
