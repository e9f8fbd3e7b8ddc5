"""The hall shows an enterprise its own things and nobody else's."""

import pytest
from django.test import Client

from zhujian.foundation.identity.testing import login, make_enterprise, make_official

pytestmark = pytest.mark.django_db


def test_a_new_enterprise_sees_where_to_begin(client: Client, django_assert_max_num_queries):
    login(client, make_enterprise(name="湖北新来建设有限公司"))
    with django_assert_max_num_queries(22):
        page = client.get("/enterprise/").content.decode()
    assert "湖北新来建设有限公司" in page and "还没有项目" in page and "没有临近的办理期限" in page
    assert client.get("/enterprise/projects/").status_code == 200


def test_officials_have_no_hall(client: Client):
    login(client, make_official("420106000000"))
    assert client.get("/enterprise/").status_code == 403
