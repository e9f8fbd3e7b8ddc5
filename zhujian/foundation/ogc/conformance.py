"""The conformance classes that this interface declares; docs/ogc.md names beside each the code and the test that make it true."""

from __future__ import annotations

_F1, _F2, _F3 = (f"http://www.opengis.net/spec/ogcapi-features-{n}/1.0/conf/" for n in (1, 2, 3))
_COMMON, _COMMON2 = (f"http://www.opengis.net/spec/ogcapi-common-{n}/1.0/conf/" for n in (1, 2))
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
_TMS = "http://www.opengis.net/spec/tms/2.0/conf/"

CLASSES = (
    _COMMON + "core", _COMMON + "landing-page", _COMMON + "json", _COMMON + "html", _COMMON + "oas30",
    _COMMON2 + "collections",
    _F1 + "core", _F1 + "geojson", _F1 + "html", _F1 + "oas30",
    _F2 + "crs",
    _F3 + "queryables", _F3 + "queryables-query-parameters", _F3 + "filter", _F3 + "features-filter",
    _CQL2 + "cql2-text", _CQL2 + "cql2-json", _CQL2 + "basic-cql2", _CQL2 + "advanced-comparison-operators",
    _CQL2 + "case-insensitive-comparison", _CQL2 + "basic-spatial-functions", _CQL2 + "basic-spatial-functions-plus",
    _CQL2 + "spatial-functions", _CQL2 + "temporal-functions", _CQL2 + "property-property", _CQL2 + "arithmetic",
    _TILES + "core", _TILES + "tileset", _TILES + "tilesets-list", _TILES + "geodata-tilesets", _TILES + "mvt", _TILES + "oas30",
    _TMS + "tilematrixset", _TMS + "json-tilematrixset",
)  # fmt: skip
