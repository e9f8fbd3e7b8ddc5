"""The frame around every page: policy, menu, 长辈版, refusals, form parts."""

import re
from collections import Counter

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import Client

from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel.errors import NotFound, Reason
from zhujian.foundation.kernel.scope import Scope
from zhujian.portals.shell.menu import Entry, entries, menu

pytestmark = pytest.mark.django_db


def test_a_missing_page_is_a_page_that_says_what_to_do(client: Client):
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404


def test_policy_forbids_inline_code(client: Client):
    answer = client.post("/elder/", {"elder": "1"})
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_elder_switch_sets_a_cookie_and_returns_inside_only(client: Client):
    answer = client.post("/elder/", {"elder": "1", "next": "/workbench/?a=1"})
    assert (answer.status_code, answer.headers["Location"], answer.cookies["elder"].value) == (302, "/workbench/?a=1", "1")
    answer = client.post("/elder/", {"elder": "0", "next": "https://elsewhere.example/"})
    assert (answer.headers["Location"], answer.cookies["elder"].value) == ("/", "0")


def test_menu_shows_only_what_the_role_may_do(monkeypatch):
    rows = (
        Entry("甲", "/a/", "shell.frame", "use", "工作台", "home", 1),
        Entry("乙", "/a/b/", "nothing.here", "view", "工作台", "home", 2),
        Entry("丙", "/a/c/", "", "view", "别处", "home", 3, kinds=("official",), paths=("/a/x/below/",)),
    )
    monkeypatch.setattr("zhujian.portals.shell.menu.entries", lambda: rows)
    seen = menu(Scope(kind="enterprise"), "/a/x/")
    assert [(g.title, [i.title for i in g.items]) for g in seen] == [("工作台", ["甲"])]
    assert seen[0].items[0].current
    assert [g.title for g in menu(Scope(kind="official"), "/a/c/1/")] == ["工作台", "别处"]
    below = menu(Scope(kind="official"), "/a/x/below/7/")
    assert [item.title for g in below for item in g.items if item.current] == ["丙"]


def test_every_declared_menu_entry_has_an_address():
    for entry in entries():
        assert entry.url.startswith("/"), entry


def test_no_group_of_the_menu_is_longer_than_a_screen():
    for group, found in Counter(entry.group for entry in entries()).items():
        assert found <= 16, f"{group}: {found} entries; a group of its own for some of them"


class ExampleForm(forms.Form):
    name = forms.CharField(label="工程名称", help_text="与立项批文名称一致")
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="我已核对")
    note = forms.CharField(label="备注", required=False)


def test_field_part_ties_label_hint_and_error_to_the_control():
    form = ExampleForm({"note": ""})
    form.is_valid()
    html = render_to_string("parts/field.html", {"field": form["name"]})
    assert 'for="id_name"' in html and 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html and 'id="id_name_error"' in html and 'aria-invalid="true"' in html
    radio = render_to_string("parts/field.html", {"field": form["kind"]})
    assert "<fieldset" in radio and "<legend>类别" in radio
    assert "（选填）" in render_to_string("parts/field.html", {"field": form["note"]})
    summary = render_to_string(
        "parts/errors.html", {"form": form, "reasons": [Reason("x", "代码不对", "name"), Reason("y", "总则")]}
    )
    assert re.findall(r'href="#(\w+)"', summary) == ["id_name", "id_name", "id_kind", "id_agree"]
    assert "总则" in summary


def test_problem_page_shows_each_reason_and_a_way_on(rf):
    request = rf.get("/x/")
    html = render_to_string(
        "problem.html", {"refusal": NotFound("a.b", "没有这个项目。"), "status": 404, "home": "/"}, request=None
    )
    assert "没有这个项目。" in html and "回到首页" in html and "a.b" in html
    assert request.path == "/x/"


def test_an_official_sees_the_frame_with_name_and_logout(client: Client):
    login(client, make_official("420106000000", name="周科长"))
    answer = client.get("/style/")
    page = answer.content.decode()
    assert answer.status_code == 200 and "周科长" in page and 'id="main"' in page
    assert "<style" not in page and " style=" not in page and "onclick" not in page
