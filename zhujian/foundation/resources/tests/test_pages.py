"""List, detail and form pages that follow from the declaration of standards."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.standards.models import Standard

LIST = "/r/standards/standard/"


def form_values(**changes: str) -> dict[str, str]:
    return {
        "no": "GB/T 30428.2-2013", "title": "数字化城市管理信息系统 第2部分：管理部件和事件", "class5": "collect", "level": "national",
        "status": "current", "issuer": "国家标准委", "issued": "2013-12-31", "effective": "2014-08-01", "scope_modules": "cityparts、cases",
        "version": "1", **changes,
    }  # fmt: skip


def test_list_shows_labels_tags_and_only_own_region(as_keeper, make_standard) -> None:
    make_standard("GB 1-2020", status="repealed")
    make_standard("GB 2-2020", region="420502000000")
    page = as_keeper.get(LIST).content.decode()
    assert "GB 1-2020" in page and "GB 2-2020" not in page
    assert "收集类" in page and '<span class="tag tag-muted">废止</span>' in page
    assert "共 1 条" in page


def test_list_needs_login_and_a_row(client: Client, db) -> None:
    assert client.get(LIST, headers={"Accept": "application/json"}).status_code == 403
    login(client, make_official("420106000000", roles=("viewer",)))
    assert client.get(LIST).status_code == 200
    assert client.get(LIST + "new/").status_code == 403


def test_pages_by_key_forward_and_back(as_keeper, make_standard) -> None:
    for number in range(1, 121):
        make_standard(f"GB {number}-2020", effective=f"20{number % 20 + 1:02d}-01-01" if number % 7 else None)
    for sort in ("", "effective", "-effective", "no"):
        seen: list[str] = []
        address, firsts = f"{LIST}?sort={sort}", []
        while address:
            page = as_keeper.get(address).content.decode()
            rows = re.findall(r">(GB \d+-2020)<", page)
            firsts.append(rows)
            seen += rows
            following = re.search(r'href="([^"]+)" rel="next"', page)
            address = LIST + following.group(1).replace("&amp;", "&") if following else ""
        assert len(seen) == len(set(seen)) == 120, sort
        assert len(firsts) == 3
        previous = re.search(r'href="([^"]+)" rel="prev"', page)
        back = as_keeper.get(LIST + previous.group(1).replace("&amp;", "&")).content.decode()
        assert re.findall(r">(GB \d+-2020)<", back) == firsts[1]


def test_filter_search_and_forged_place(as_keeper, make_standard) -> None:
    make_standard("GB 5749-2022", title="生活饮用水卫生标准", effective="2023-04-01")
    make_standard("CJJ 36-2016", title="城镇道路养护技术规范", level="industry", effective="2017-05-01")

    def found(query: str) -> set[str]:
        return set(re.findall(r">([GC][BJ]\S* \d+-\d{4})<", as_keeper.get(f"{LIST}?{query}").content.decode()))

    assert found("q=gb+57") == {"GB 5749-2022"}
    assert found("q=道路") == {"CJJ 36-2016"}
    assert found("q=%25") == set()
    assert found("level=industry") == {"CJJ 36-2016"}
    assert found("level=industry&level=national") == {"CJJ 36-2016", "GB 5749-2022"}
    assert found("effective_from=2018-01-01") == {"GB 5749-2022"}
    assert found("effective_to=2017-05-01") == {"CJJ 36-2016"}
    assert "没有生效" in as_keeper.get(f"{LIST}?effective_from=someday").content.decode()
    assert as_keeper.get(f"{LIST}?after=forged").status_code == 422
    assert as_keeper.get(f"{LIST}?sort=title;drop").status_code == 422
    part = as_keeper.get(f"{LIST}?q=道路", headers={"X-Part": "results"}).content.decode()
    assert part.lstrip().startswith("<section") and "CJJ 36-2016" in part


def test_create_keeps_values_and_links_errors(as_keeper) -> None:
    answer = as_keeper.post(LIST + "new/", form_values(no="GBT 30428", effective="2013-02-30"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_no"' in page and "代号 顺序号-年号" in page and "没有这一天" in page
    assert "管理部件和事件" in page
    assert not Standard.objects.exists()

    answer = as_keeper.post(LIST + "new/", form_values())
    assert answer.status_code == 302, answer.content.decode()
    with scope.system("test"):
        made = Standard.objects.get()
    assert (made.region_code, made.scope_modules, made.mandatory) == ("420106000000", ["cityparts", "cases"], False)
    assert made.created_by
    page = as_keeper.get(answer["Location"]).content.decode()
    assert "2014-08-01" in page and "变更记录" in page and "赵数据" in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"issued": "2020-01-01"}, None, "实施日期不能早于发布日期"),
        ({"level": "local"}, "level", "与标准号的代号不一致"),
        ({"title": ""}, "title", "请填写标准名称"),
        ({"class5": "x"}, "class5", "不在代码表内"),
        ({"budget": "-1"}, "budget", "应不小于 0"),
        ({"budget": "12345678901234"}, "budget", "数字过大"),
        ({"title": "长" * 201}, "title", "最多 200 个字，现有 201 个字"),
        ({"title": "a\x00b"}, "title", "控制字符"),
    ],
)
def test_each_fault_has_its_sentence(as_keeper, changes, field, words) -> None:
    answer = as_keeper.post(LIST + "new/", form_values(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    if field:
        assert f'href="#id_{field}"' in page


def test_a_code_already_used_here_or_elsewhere(as_keeper, make_standard) -> None:
    make_standard("GB/T 30428.2-2013")
    assert "已有相同的标准" in as_keeper.post(LIST + "new/", form_values()).content.decode()
    make_standard("GB/T 30428.3-2016", region="420502000000")
    answer = as_keeper.post(LIST + "new/", form_values(no="GB/T 30428.3-2016"))
    assert answer.status_code == 422 and "看不到的地区" in answer.content.decode()


def test_change_keeps_history_and_refuses_a_stale_edit(as_keeper, make_standard) -> None:
    made = make_standard("GB/T 30428.2-2013", title="旧名称", issuer="")
    edit = f"{LIST}{made.pk}/edit/"
    assert "旧名称" in as_keeper.get(edit).content.decode()
    assert as_keeper.post(edit, form_values(title="新名称", budget="1.5")).status_code == 302
    page = as_keeper.get(f"{LIST}{made.pk}/").content.decode()
    assert "<del>旧名称</del> → <ins>新名称</ins>" in page and "1.5 万元" in page

    answer = as_keeper.post(edit, form_values(title="更新的名称"))
    page = answer.content.decode()
    assert answer.status_code == 409 and "旧名称" in page and 'name="title" value="更新的名称"' in page
    assert as_keeper.post(edit, form_values(title="更新的名称", version="2", budget="1.5")).status_code == 302
    made.refresh_from_db()
    assert made.title == "更新的名称" and made.version == 3 and made.budget == 15000


def test_masked_values_stay_masked_everywhere(as_keeper, make_standard) -> None:
    made = make_standard("GB/T 30428.2-2013", contact="13812345678")
    edit = f"{LIST}{made.pk}/edit/"
    assert as_keeper.post(edit, form_values(contact="13912345678")).status_code == 302
    for address in (f"{LIST}{made.pk}/", edit):
        page = as_keeper.get(address).content.decode()
        assert "12345678" not in page
    assert as_keeper.post(edit, form_values(version="2", title="又改")).status_code == 302
    made.refresh_from_db()
    assert made.contact == "13912345678"


def test_another_regions_record_is_not_there(as_keeper, make_standard) -> None:
    made = make_standard("GB 9-2020", region="420502000000")
    assert as_keeper.get(f"{LIST}{made.pk}/").status_code == 404
    assert as_keeper.post(f"{LIST}{made.pk}/edit/", form_values()).status_code == 404
