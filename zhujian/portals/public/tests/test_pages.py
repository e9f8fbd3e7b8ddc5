"""The public portal: nobody logged in, nothing personal, asked too often is refused."""

import pytest
from django.test import Client

from zhujian.portals.public import services

pytestmark = pytest.mark.django_db


def test_the_root_is_the_public_page_for_anonymous_people(client: Client):
    page = client.get("/").content.decode()
    assert "进度查询" in page and "证照核验" in page and "立项用地规划许可" in page


def test_guides_show_materials_limits_and_basis_of_every_step(client: Client):
    from zhujian.boards.construction.project_management import steps

    assert "建筑工程施工许可" in client.get("/public/guides/").content.decode()
    for step in steps.load():
        answer = client.get(f"/public/guides/{step.id}/")
        assert answer.status_code == 200, step.id
    page = client.get("/public/guides/A13/").content.decode()
    assert "5 个工作日" in page and "3 个工作日（社会投资小型低风险）" in page and "办理依据" in page
    assert client.get("/public/guides/Z99/").status_code == 404


@pytest.mark.parametrize("number", ["", "2405-420106-04-01-12345", "2405-420106-04-01-999999", "甲乙-丙"])
def test_a_wrong_project_code_says_how_to_mend_it(client: Client, number: str):
    answer = client.get("/public/progress/", {"number": number})
    assert answer.status_code in {404, 422}
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page and "请" in page


def test_asking_too_often_is_refused_for_this_address_only(client: Client):
    for _ in range(60):
        services.do_count("10.0.0.9")
    with pytest.raises(services.TooMany):
        services.do_count("10.0.0.9")
    assert services.do_count("10.0.0.10") == 1
    answer = client.get("/public/progress/", {"number": "2405-420106-04-01-999999"}, REMOTE_ADDR="10.0.0.9")
    assert answer.status_code == 429 and "一小时后再试" in answer.content.decode()
