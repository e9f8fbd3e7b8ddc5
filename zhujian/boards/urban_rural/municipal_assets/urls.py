"""Routes of the module."""

from django.urls import include, path

from zhujian.boards.urban_rural.municipal_assets.views import asbuilt, bridges, inspections, orders, releases, topology, traces

app_name = "municipal_assets"
urlpatterns = [
    path("", include("zhujian.boards.urban_rural.municipal_assets.views.routes")),
    path("topology/", topology.checks, name="topology"),
    path("topology/<int:pk>/", topology.run_page, name="topology_run"),
    path("topology/<int:pk>.geojson", topology.run_geojson, name="topology_geojson"),
    path("findings/<int:pk>/accept/", topology.accept, name="finding_accept"),
    path("findings/<int:pk>/reopen/", topology.reopen, name="finding_reopen"),
    path("findings/<int:pk>/order/", topology.to_order, name="finding_order"),
    path("trace/", traces.trace, name="trace"),
    path("trace.geojson", traces.trace_geojson, name="trace_geojson"),
    path("trace.json", traces.trace_json, name="trace_json"),
    path("nearby/", traces.nearby, name="nearby"),
    path("bridges/", bridges.overview, name="bridges"),
    path("bridges/<int:pk>/assess/", bridges.start, name="bridge_assess"),
    path("bridges/inspections/<int:pk>/", bridges.inspection, name="bridge_inspection"),
    path("bridges/inspections/<int:pk>/finish/", bridges.finish, name="bridge_finish"),
    path("bridges/inspections/<int:pk>/defects/<int:defect>/remove/", bridges.remove_defect, name="defect_remove"),
    path("plans/", inspections.plans, name="plans"),
    path("plans/<int:pk>/cancel/", inspections.cancel_plan, name="plan_cancel"),
    path("overdue/", inspections.overdue, name="overdue"),
    path("dues/<int:pk>/", inspections.due_page, name="due"),
    path("special/<slug:resource>/<int:pk>/", inspections.special, name="special"),
    path("roads/<int:pk>/condition/", inspections.road_condition, name="road_condition"),
    path("orders/<int:pk>/", orders.order_page, name="order"),
    path("manholes/<int:pk>/tilt/", orders.tilt, name="tilt"),
    path("as-built/overdue/", asbuilt.overdue, name="asbuilt_overdue"),
    path("releases/new/", releases.apply, name="release_apply"),
    path("releases/<int:pk>/", releases.detail, name="release"),
    path("report/<slug:resource>/<int:pk>/", orders.report, name="report"),
]
