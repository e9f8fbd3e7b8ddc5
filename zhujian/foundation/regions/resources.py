"""Declarations: divisions and their outlines, public reference data that everybody may read."""

from __future__ import annotations

from zhujian.foundation.regions.models import Region, RegionBoundary
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update


class RegionResource(Resource):
    """行政区划. Dated divisions of five levels; changed through this room's own services, never by a form."""

    model = Region
    label = "name"
    columns = ("name", "code", "level", "kind", "parent_code", "valid_from", "valid_to")
    search = ("name",)
    filters = ("level", "kind", "zone", "parent_code", "valid_from")
    groups = (Group("基本信息", "name", "code", "level", "kind", "zone", "parent_code", "valid_from", "valid_to", "reason"),)
    labels = {"code": "全称"}
    catalogue = Catalogue(share=Share.OPEN, update=Update.YEARLY, basis="民政部行政区划代码；统计用区划代码")


class RegionBoundaryResource(Resource):
    """区划边界（示意）."""

    model = RegionBoundary
    title = "区划边界（示意，非法定界线）"
    name = "boundary"
    label = "code"
    columns = ("code", "source", "review_number")
    filters = ("code",)
    layer = Layer("boundary", min_zoom=4)
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR)
