"""The pages, as a centre's people use them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.advice import services
from zhujian.boards.city_management.advice.models import LearnedModel
from zhujian.boards.city_management.advice.tests import corpus
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


def signed_in(client: Client, *roles: str) -> Client:
    login(client, make_official(corpus.COUNTY, "UMS", roles=roles))
    return client


def test_from_asking_to_using(client: Client) -> None:
    with scope.system("test"):
        corpus.fill(600, timezone.now())
    signed_in(client, "shift_leader")
    assert "还没有启用的模型" in client.get("/advice/").content.decode()
    answer = client.post("/advice/ask/", {"purpose": "class"})
    card = answer.headers["Location"]
    assert "正在等待后台训练" in client.get(card).content.decode()
    assert client.post("/advice/ask/", {"purpose": "class"}).status_code == 409
    with scope.system("test"):
        services.train_next()
    page = client.get(card).content.decode()
    assert "首选正确" in page and "总答最常见的一个" in page and "姓名、电话、地址不参加学习" in page
    with scope.system("test"):
        row = LearnedModel.objects.get()
    # A county's shift leader sees the city's model, and leaves the decision to the city.
    assert client.post(f"{card}use/", {"reason": "留出准确率合格"}).status_code == 404
    login(client, make_official("420100000000", "UMS", roles=("shift_leader",)))
    assert client.post(f"{card}use/", {"reason": ""}).status_code == 422
    assert client.post(f"{card}use/", {"reason": "留出准确率合格"}).status_code == 302
    assert "第1版" in client.get("/advice/").content.decode()
    assert client.get("/r/advice/learned_model/").status_code == 200
    assert client.get("/r/advice/suggestion/").status_code == 200
    assert client.get("/r/advice/forecast/").status_code == 200
    assert client.post(f"/advice/models/{row.pk}/retire/", {"reason": "不再合用了"}).status_code == 302


def test_who_may_not(client: Client) -> None:
    signed_in(client, "acceptor")
    assert client.get("/advice/").status_code == 200
    assert client.post("/advice/ask/", {"purpose": "class"}).status_code == 403
    signed_in(client, "firm_agent")
    assert client.get("/advice/").status_code == 403
    assert client.get("/advice/models/999/").status_code == 403
