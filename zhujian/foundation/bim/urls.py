"""Routes of the BIM intake."""

from __future__ import annotations

from django.urls import path

from zhujian.foundation.bim import viewer
from zhujian.foundation.bim.views import data, intake, packs, version

app_name = "bim"
urlpatterns = [
    path("submit/", intake.submit, name="submit"),
    path("models/<int:pk>/", intake.model, name="model"),
    path("models/<int:pk>/versions/", intake.add_version, name="add_version"),
    path("versions/<int:pk>/", version.detail, name="version"),
    path("versions/<int:pk>/progress/", version.progress, name="progress"),
    path("versions/<int:pk>/state.json", version.state, name="state"),
    path("versions/<int:pk>/rules/<str:code>/", version.rule, name="rule"),
    path("versions/<int:pk>/issues.bcf", version.issues, name="issues"),
    path("versions/<int:pk>/quantities.xlsx", version.quantities, name="quantities"),
    path("versions/<int:pk>/recheck/", version.recheck, name="recheck"),
    path("versions/<int:pk>/view/", viewer.view, name="view"),
    path("versions/<int:pk>/tileset.json", data.tileset, name="tileset"),
    path("versions/<int:pk>/storeys/<int:number>.glb", data.storey, name="storey"),
    path("versions/<int:pk>/tree.json", data.tree, name="tree"),
    path("versions/<int:pk>/findings.json", data.findings, name="findings"),
    path("versions/<int:pk>/elements/<int:index>.json", data.element, name="element"),
    path("versions/<int:pk>/compare/<int:other>.json", data.compare, name="compare_data"),
    path("versions/<int:pk>/compare/<int:other>/", version.comparison, name="compare"),
    path("packs/new/", packs.register, name="register_pack"),
    path("packs/<int:pk>/", packs.detail, name="pack"),
]
