"""The overview as an official sees it: the region below one's own, and only there."""

import pytest
from django.test import Client

from zhujian.foundation.identity.testing import login, make_enterprise, make_official

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("region", "title", "inside", "outside"),
    [
        ("420000000000", "湖北省", "宜昌市", "武昌区"),
        ("420100000000", "武汉市", "武昌区", "宜昌市"),
        ("420106000000", "武昌区", "武昌区", "江岸区"),
    ],
)
def test_each_level_compares_the_level_below(client: Client, region: str, title: str, inside: str, outside: str):
    login(client, make_official(region, roles=("viewer",)))
    page = client.get("/overview/").content.decode()
    assert f"{title}工程建设总览" in page and f">{inside}<" in page and f">{outside}<" not in page
    assert f"/regions/boundaries/{region}.geojson" in page
    screen = client.get("/overview/screen/")
    assert screen.status_code == 200 and screen.headers["Refresh"] == "300"
    assert "怎样统计" in client.get("/overview/rules/").content.decode()


def test_enterprises_do_not_see_it(client: Client):
    login(client, make_enterprise())
    assert client.get("/overview/").status_code == 403
