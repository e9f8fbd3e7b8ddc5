"""The loader of the modules' files: the contract, idempotence, and respect for what an official has set."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.registry import Module
from zhujian.foundation.parameters import reference, selectors
from zhujian.foundation.parameters.models import CodeItem, ParameterChange, ParameterVersion

ON = date(2026, 6, 1)
ONE = """
[[parameter]]
key = "fake.days"
title = "测试时限"
value = 20
unit = "working_day"
basis = "行政许可法第四十二条"
valid_from = 2004-07-01
confidence = "A"
min = 1
"""
TWO = (
    ONE
    + """
[[parameter]]
key = "fake.days"
title = "测试时限"
value = 15
unit = "working_day"
basis = "新办法"
valid_from = 2026-01-01
confidence = "A"
[[parameter]]
key = "fake.days"
title = "测试时限"
region = "420100000000"
value = 7
unit = "working_day"
basis = "市办法"
valid_from = "2025-01-01"
valid_to = "2026-12-31"
confidence = "C"
[[parameter]]
key = "fake.rate"
title = "测试费率"
value = 0.10
basis = "办法"
valid_from = 2020-01-01
confidence = "B"
[[code_list]]
key = "fake.kinds"
title = "测试类别"
basis = "标准"
items = [["01", "房建"], ["02", "市政"], {code = "03", label = "旧类", valid_to = 2025-01-01}]
"""
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None):
    """Put a text in place of all the modules' files and load it."""
    fake = Module("fake", "测试", "foundation", tmp_path, "fake")
    monkeypatch.setattr(reference, "modules", lambda: (fake,))

    def put(text: str) -> str:
        (tmp_path / "parameters.toml").write_text(text, encoding="utf-8")
        with scope.system("测试"):
            return reference.load()

    return put


def test_values_by_day_and_region(files) -> None:
    assert "新增 4 个" in files(TWO)
    assert selectors.value("fake.days", on=date(2025, 12, 31)).value == 20
    assert selectors.value("fake.days", on=date(2026, 1, 1)).value == 15
    wuhan = selectors.value("fake.days", on=ON, region="420106001001")
    assert (wuhan.value, wuhan.region, wuhan.unit, wuhan.confidence) == (7, "420100000000", "working_day", "C")
    assert selectors.value("fake.days", on=ON, region="420500000000").value == 15
    assert selectors.value("fake.days", on=date(2026, 12, 31), region="420100000000").value == 15, "half open"
    rate = selectors.value("fake.rate", on=ON)
    assert isinstance(rate.value, Decimal)
    assert str(rate.value) == "0.10", "decimals come back as they were written"
    assert set(selectors.values("fake.", on=ON)) == {"fake.days", "fake.rate"}


def test_unknown_key_and_a_day_before_the_first_value(files) -> None:
    files(TWO)
    with pytest.raises(KeyError, match=r"fake\.absent"):
        selectors.value("fake.absent", on=ON)
    with pytest.raises(reference.BadParameters) as caught:
        files(ONE.replace("fake.days", "other.days"))
    assert "must begin with fake." in str(caught.value)
    with pytest.raises(Refusal, match="测试时限") as refused:
        selectors.value("fake.days", on=date(2000, 1, 1))
    assert refused.value.code == "parameters.not_in_force"


def test_code_lists(files) -> None:
    files(TWO)
    assert selectors.code_list("fake.kinds", ON) == [("01", "房建"), ("02", "市政")]
    assert selectors.code_list("fake.kinds", date(2024, 1, 1))[-1] == ("03", "旧类")
    assert selectors.code_label("fake.kinds", "03") == "旧类", "a retired code stays readable"
    assert selectors.code_check("fake.kinds", "01", ON) == []
    assert [r.code for r in selectors.code_check("fake.kinds", "03", ON)] == ["code.retired"]
    assert [r.code for r in selectors.code_check("fake.kinds", "09", ON)] == ["code.unknown"]
    with pytest.raises(KeyError):
        selectors.code_list("fake.absent", ON)


def test_loading_again_changes_nothing(files) -> None:
    files(TWO)
    before = (list(ParameterVersion.objects.order_by("id").values()), list(CodeItem.objects.order_by("id").values()))
    assert "新增 0 个、更正 0 个" in files(TWO)
    assert before == (list(ParameterVersion.objects.order_by("id").values()), list(CodeItem.objects.order_by("id").values()))
    assert not ParameterChange.objects.exists()


def test_a_corrected_file_corrects_the_row_and_leaves_a_trace(files) -> None:
    files(ONE)
    was = selectors.value("fake.days", on=ON)
    assert "更正 1 个" in files(ONE.replace("value = 20", "value = 30"))
    now = selectors.value("fake.days", on=ON)
    assert (now.value, now.version_id) == (30, was.version_id)
    trace = ParameterChange.objects.get()
    assert (trace.act, trace.before["value"], trace.after["value"]) == ("correct", 20, 30)


def test_a_later_version_in_the_file_ends_the_former(files) -> None:
    files(ONE)
    former = selectors.value("fake.days", on=ON)
    files(TWO)
    rows = ParameterVersion.objects.filter(key="fake.days", region_code="").order_by("valid_from")
    assert [(row.value, row.valid_to) for row in rows] == [(20, date(2026, 1, 1)), (15, None)]
    assert rows[0].pk == former.version_id
    files(ONE)
    assert [(row.value, row.valid_to) for row in rows.all()] == [(20, None)]


def test_an_officials_value_is_never_overwritten(files) -> None:
    files(ONE)
    ParameterVersion.objects.filter(key="fake.days").update(official=True)
    assert "保留管理员设定的 1 项" in files(ONE.replace("value = 20", "value = 30"))
    assert selectors.value("fake.days", on=ON).value == 20


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value = 20\n", "", "value is missing"), ('basis = "行政许可法第四十二条"', 'basis = ""', "basis is missing"),
        ('"A"', '"D"', "confidence"), ("min = 1", "minimum = 1", "unknown minimum"), ("2004-07-01", '"soon"', "not a date"),
        ("value = 20", "value = = 20", "parameters.toml"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_the_contract_is_refused_by_name(files, old: str, new: str, says: str) -> None:
    with pytest.raises(reference.BadParameters, match=says):
        files(ONE.replace(old, new))


def test_two_values_from_one_day_are_refused(files) -> None:
    with pytest.raises(reference.BadParameters, match="two values"):
        files(ONE + ONE)


def test_the_database_keeps_the_past(files) -> None:
    """The application's role cannot rewrite, delete or invent what has been in force; nor make two values of one day."""
    files(ONE)
    columns = "kind, value, unit, title, basis, confidence, module, note, created_at"
    copied = (
        f"INSERT INTO parameters_parameterversion (key, region_code, valid_from, official, {columns})"
        f" SELECT key, '{{region}}', '{{start}}', true, {columns} FROM parameters_parameterversion WHERE key = 'fake.days'"
    )
    for statement in (
        "UPDATE parameters_parameterversion SET value = '1' WHERE key = 'fake.days'",
        "UPDATE parameters_parameterversion SET valid_to = '2020-01-01' WHERE key = 'fake.days'",
        "DELETE FROM parameters_parameterversion WHERE key = 'fake.days'",
        "UPDATE parameters_parameterchange SET reason = ''",
        copied.format(region="429004000000", start="2020-01-01"),
        copied.format(region="", start="2090-01-01"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_one_small_query_per_transaction(files, django_assert_num_queries) -> None:
    files(TWO)
    selectors.value("fake.days", on=ON)
    selectors.code_list("fake.kinds", ON)
    with django_assert_num_queries(0):
        selectors.value("fake.days", on=ON, region="420100000000")
        selectors.code_list("fake.kinds", ON)


@pytest.mark.django_db(transaction=True)
def test_another_processs_change_is_seen_in_the_next_transaction() -> None:
    """A process with its values in memory asks once per transaction, and reads all again only when something changed."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    with transaction.atomic():
        key = next(iter(selectors.keys()))
        known = selectors.versions(key)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert selectors.versions(key) == known
        assert selectors.versions(key) == known
    assert len([q for q in queries if "kernel_stamp" in q["sql"]]) == 1
    assert not [q for q in queries if "parameterversion" in q["sql"]]
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("UPDATE parameters_parameterversion SET title = title || '改' WHERE key = %s", [key])
    finally:
        other.close()
    with transaction.atomic():
        assert selectors.versions(key)[0].title == known[0].title + "改"
