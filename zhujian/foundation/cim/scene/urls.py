"""Routes of the 3D page."""

from django.urls import path

from zhujian.foundation.cim.scene import views

urlpatterns = [
    path("scene/", views.scene, name="scene"),
    path("scene/buildings/<int:pk>/", views.building, name="scene_building"),
    path("scene/pipes.json", views.pipes, name="scene_pipes"),
    path("scene/shafts.json", views.shafts, name="scene_shafts"),
    path("scene/models.json", views.models, name="scene_models"),
    path("scene/feature.json", views.feature, name="scene_feature"),
    path("scene/floors/<int:pk>.json", views.floors, name="scene_floors"),
    path("scene/viewpoints.json", views.viewpoints, name="scene_viewpoints"),
    path("scene/viewpoints/<int:pk>/remove/", views.remove, name="scene_viewpoint_remove"),
]
