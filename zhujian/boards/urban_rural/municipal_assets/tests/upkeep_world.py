"""A bridge, a road and a cover with the people who look after them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Point
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from zhujian.boards.urban_rural.municipal_assets.models import Bridge, Manhole, Road
from zhujian.boards.urban_rural.municipal_assets.tests import network_world as world
from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope


def picture(name: str = "a.jpg", colour: int = 90) -> SimpleUploadedFile:
    """A small real photo."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (colour, 20, 20)).save(stream, "JPEG")
    return SimpleUploadedFile(name, stream.getvalue(), "image/jpeg")


@pytest.fixture
def place(db: None) -> Iterator[dict[str, Any]]:
    """A bridge, a road and a cover kept by a firm; an inspector, a supervisor and another one of the county."""
    firm = make_enterprise(name="测试养护公司", region=world.WUCHANG)
    with scope.system("测试"):
        from zhujian.foundation.identity.selectors import posts_of

        org = posts_of(firm)[0].organisation
        own = {
            "region_code": world.WUCHANG,
            "valid_from": world.SINCE,
            "maintainer_org": org.code,
            "maintainer_name": org.name,
            "parties": [f"org:{org.code}"],
        }
        line = LineString(world.at(0, 0), world.at(4, 0), srid=4490)
        made = {
            "bridge": Bridge.objects.create(code="Q1", name="测试桥", kind="ordinary", maintenance_kind="III", maintenance_grade="I", spans=2, geom=line, **own),
            "road": Road.objects.create(code="R1", name="测试路", grade="arterial", geom=line, **own),
            "cover": Manhole.objects.create(code="M1", kind="YS", geom=Point(*world.at(1, 0), srid=4490), **own),
            "firm": firm, "one": make_official(world.WUCHANG, roles=("supervisor", "reviewer")), "two": make_official(world.WUCHANG, roles=("supervisor",)),
            "desk": make_official(world.WUCHANG, roles=("data_admin",)),
        }  # fmt: skip
    with scope.acting(scope_of(made["one"])):
        yield made
