"""The viewer page: a table without scripts, one element's properties, other versions to compare with; the Duplex model on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client

from tests.browser import sign_in
from zhujian.foundation.bim import services
from zhujian.foundation.bim.models import Element, Version
from zhujian.foundation.bim.tests.conftest import COUNTY, work
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope


def _drawn(version: Version, names: list[str]) -> Version:
    """The version as if it were checked: two storeys and these elements, every second one upstairs."""
    with scope.system("测试数据"):
        version.storeys = [
            {"number": n, "id": "", "name": f"{n + 1}层", "elevation": 3.0 * n, "glb": f"storeys/{n}.glb", "elements": 1}
            for n in (0, 1)
        ]
        version.elements_count = len(names)
        version.save()
        Element.objects.bulk_create(
            Element(
                version=version, region_code=version.region_code, parties=version.parties, feature_index=at, global_id=f"{at:022d}", ifc_class="IfcWall",
                name=name, storey=at % 2, properties={"Pset_WallCommon": {"FireRating": "2.0h"}}, digest="0" * 96, amount=[12.5, None, None, "qto", "", ""],
            )
            for at, name in enumerate(names)
        )  # fmt: skip
    return version


@pytest.mark.django_db
def test_without_scripts_there_is_a_table(hand_in: Callable[..., Version], firm: Account, client: Client) -> None:
    version = _drawn(hand_in(b"ISO-10303-21;", check=False), [f"内墙{n}" for n in range(205)])
    login(client, firm)
    address = f"/bim/versions/{version.pk}/view/"
    page = client.get(address)
    assert page.text.count("?element=") == 100 and 'data-island="bim-viewer"' in page.text
    seen, following = 100, page.context["next"]
    while following:
        page = client.get(address + following)
        seen, following = seen + len(page.context["rows"]), page.context["next"]
    assert seen == 205
    assert [one.name for one, _, _ in client.get(f"{address}?q=内墙20").context["rows"]] == [
        "内墙20",
        *(f"内墙20{n}" for n in range(5)),
    ]
    assert {name for _, _, name in client.get(f"{address}?storey=1").context["rows"]} == {"2层"}
    shown = client.get(f"{address}?element=3").text
    assert "2.0h" in shown and "12.5 m" in shown and 'data-focus="3"' in shown
    assert client.get(f"{address}?element=999").status_code == 404
    for odd in ("?after=x&storey=9999999999999&q=%00", "?storey=-1", "?element=²"):
        assert client.get(address + odd).status_code in (200, 404)


@pytest.mark.django_db
def test_other_versions_compare_from_the_other_to_this_one(
    hand_in: Callable[..., Version], firm: Account, client: Client
) -> None:
    first = _drawn(hand_in(b"ISO-10303-21;", check=False), ["甲"])
    with scope.system("测试数据"):
        first.state = Version.State.REJECTED
        first.save()
        second = Version.objects.create(
            model=first.model, number=2, file=first.file, region_code=first.region_code, parties=first.parties, state="review"
        )
    _drawn(second, ["甲", "乙"])
    login(client, firm)
    for mine, other in ((second, first), (first, second)):
        row = client.get(f"/bim/versions/{mine.pk}/view/").context["others"]
        assert [one["compare"] for one in row] == [f"/bim/versions/{other.pk}/compare/{mine.pk}.json"]
    stranger = make_enterprise(region="420500000000", name="别家设计院")
    login(client, stranger)
    assert client.get(f"/bim/versions/{first.pk}/view/").status_code == 404


@pytest.mark.browser
def test_the_duplex_model_from_its_file_to_the_screen(live: str, new_page: Callable[..., Any], duplex: Path) -> None:
    with transaction.atomic():
        who = make_official(COUNTY, roles=("reviewer", "data_admin", "viewer"))
        firm = make_enterprise(region="420100000000", name="湖北某某设计院有限公司")
        with scope.acting(scope_of(firm)):
            given = {"name": "联排住宅", "discipline": "arch", "region_code": COUNTY}
            version = services.do_submit(given, ContentFile(duplex.read_bytes(), name="duplex.ifc"))
    work()
    page = new_page({"width": 1100, "height": 680})
    sign_in(page, who, live)
    page.goto(f"/bim/versions/{version.pk}/view/")
    page.wait_for_selector(".solid[data-ready]", timeout=40_000)
    box = page.locator(".solid")
    assert (box.get_attribute("data-loaded"), box.get_attribute("data-elements")) == ("4", "239")
    assert int(box.get_attribute("data-triangles")) > 5000
    page.wait_for_function("() => Number(document.querySelector('.solid').dataset.calls) > 0")
    assert int(box.get_attribute("data-calls")) <= 26  # 239 elements, not 239 calls
    page.mouse.click(
        *page.evaluate(
            "(() => { const r = document.querySelector('.solid canvas').getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] })()"
        )
    )
    page.wait_for_function("() => document.querySelector('.solid').dataset.selected > ''")
    page.locator(".bim-group").first.wait_for()
    page.get_by_role("tab", name="检查").click()
    page.get_by_role("button", name="按检查结果着色").click()
    page.wait_for_function("() => document.querySelector('.solid').dataset.coloured === 'checks'")
    assert "不通过" in page.get_by_role("tabpanel", name="检查").inner_text()
    from tests.browser import picture

    picture(page, "bim-duplex")
