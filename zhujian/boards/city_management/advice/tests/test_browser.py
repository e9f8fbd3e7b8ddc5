"""The overview and a model's card on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.advice import services
from zhujian.boards.city_management.advice.models import LearnedModel
from zhujian.boards.city_management.advice.tests import corpus
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CITY = "420100000000"


def test_a_card_says_how_good_and_what_not_for(new_page: Callable[..., Any]) -> None:
    with transaction.atomic(), scope.system("test"):
        corpus.fill(600, timezone.now())
        services.do_ask("class", CITY)
        services.do_ask("hotspot", CITY)
        leader = make_official(CITY, "UMS", roles=("shift_leader",), name="周值班长")
    assert services.train_next() and services.train_next()
    with transaction.atomic(), scope.system("test"):
        row = LearnedModel.objects.get(purpose="class")
    page = new_page(account=leader)
    page.goto(f"/advice/models/{row.pk}/")
    page.fill("#id_reason", "留出准确率合格，启用试一个月")
    page.click("text=启用这一版")
    page.wait_for_selector(".tag-ok")
    page.locator("main section details summary").first.click()
    axe.check(page)
    picture(page, "advice-model", full=True)
    page.goto("/advice/")
    assert page.locator("text=使用中").first.is_visible()
    axe.check(page)
    picture(page, "advice-overview", full=True)
    phone = new_page(PHONE, account=leader, has_touch=True, is_mobile=True)
    for path, name in (("/advice/", "overview"), (f"/advice/models/{row.pk}/", "model")):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
        picture(phone, f"advice-{name}-phone", full=True)
