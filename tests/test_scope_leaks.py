"""The database keeps regions and parties apart on every guarded table: ORM, raw SQL, history, writing."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from tests.scope_kit import guarded_models, make_row
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.guards import APP_ROLE, guarded
from zhujian.foundation.kernel.models import Guard, History

pytestmark = pytest.mark.django_db
WUCHANG, XILING = "420106000000", "420502000000"
LABELS = [model._meta.label for model in guarded_models()]

# Tables with a region or parties that everybody may read, and why.
OPEN = {
    "regions.OtherCode": "行政区划是公开资料",
    "parameters.ParameterVersion": "法定时限、标准对工作人员公开，修改由权限控制",
    "parameters.ParameterChange": "参数变更记录",
    "worktime.CalendarDay": "工作日历是公开资料",
    "worktime.OfficeHours": "办公时间是公开资料",
    "worktime.CalendarChange": "工作日历变更记录",
    "identity.Organisation": "单位名录；企业与机关名称、代码是公开登记信息",
    "documents.NumberSeries": "编号流水，只有计数，没有内容",
    "cim.GeneratedPart": "生成的测试城市写到哪一片，只有计数，没有内容",
    "classification.ClassItem": "部件事件分类是公开标准",
    "digital_city.Condition": "立案、结案标准公开，修改由权限控制",
    "evaluation.Indicator": "评价指标公开，修改由权限控制",
    "evaluation.Composite": "评分办法公开，修改由权限控制",
    "advice.LearnedModel": "模型说明和准确率公开，启用停用由权限控制",
    "workflow.Definition": "流程定义公开，修改由权限控制",
}


@pytest.fixture
def firm():
    return testing.make_enterprise()


def count_raw(model: type[models.Model], pk: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {model._meta.pk.column} = %s", [pk]
        )
        return cursor.fetchone()[0]


def sees(model: type[models.Model], pk: object, who: scope.Scope) -> set[str]:
    """By which ways `who` finds the row."""
    with scope.acting(who):
        ways = set()
        if model._base_manager.filter(pk=pk).exists():
            ways.add("orm")
        if count_raw(model, pk):
            ways.add("sql")
        if History.objects.filter(table=model._meta.db_table, row_id=pk).exists():
            ways.add("history")
    return ways


def test_every_table_with_a_region_or_parties_is_guarded_or_open_for_a_reason() -> None:
    unguarded = {
        model._meta.label
        for model in apps.get_models()
        if not guarded(model) and {"region_code", "parties"} & {field.name for field in model._meta.get_fields()}
    }
    assert unguarded == set(OPEN) & {model._meta.label for model in apps.get_models()}, (
        "guard the table, or say here why it is open"
    )


def test_the_policies_stand_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, pg_get_userbyid(c.relowner), count(p.*) FROM pg_class c "
            "LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace GROUP BY 1, 2, 3"
        )
        tables = {name: (secured, owner, policies) for name, secured, owner, policies in cursor.fetchall()}
        cursor.execute("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        assert cursor.fetchone() == (False,)
    for model in [*guarded_models(), History]:
        secured, owner, policies = tables[model._meta.db_table]
        wanted = 2 if model.guard in {Guard.COMMON, Guard.PUBLISHED} else 1  # the second only reads
        assert secured and policies == wanted and owner != APP_ROLE, model._meta.label


def test_the_parts_of_a_divided_table_are_out_of_reach() -> None:
    """The policy of a divided table holds for who reads the table, not for who reads a part of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, has_schema_privilege(%s, c.relnamespace, 'USAGE'), c.relrowsecurity FROM pg_class c "
            "WHERE c.relispartition AND c.relkind = 'r'",
            [APP_ROLE],
        )
        parts = cursor.fetchall()
    assert parts and all(not reachable and secured for _, reachable, secured in parts), parts


def test_views_answer_as_the_asking_role() -> None:
    """A view owned by the owner would otherwise look past the policies of its tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace "
            "AND relowner <> 10 AND NOT coalesce(reloptions::text LIKE '%%security_invoker=true%%', false)"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("label", LABELS)
def test_a_row_is_seen_by_its_region_and_its_parties_only(label: str, firm) -> None:
    model = apps.get_model(label)
    resident = testing.make_resident()
    key = f"org:{firm.posts.get().organisation.code}"
    with scope.system("测试"):
        row = make_row(model, XILING, [key])
    guard = model.guard
    people = {
        "official there": testing.make_official(XILING), "official of the city above": testing.make_official("420500000000"),
        "official of the province": testing.make_official("420000000000"), "the party": firm,
        "official elsewhere": testing.make_official(WUCHANG), "another firm": testing.make_enterprise(), "a resident": resident,
        "system admin": testing.make_official("420000000000", roles=["system_admin"]),
        "security admin": testing.make_official("420000000000", roles=["security_admin"]),
        "auditor": testing.make_official("420000000000", roles=["auditor"]),
    }  # fmt: skip
    above = {"official there", "official of the city above", "official of the province"}
    inside = {
        Guard.REGION_OR_PARTY: above | {"the party"}, Guard.REGION: above, Guard.PARTY: {"the party"}, Guard.AUDIT: {"auditor"},
        Guard.LEDGER: above | {"the party"}, Guard.PUBLISHED: above | {"the party"}, Guard.COMMON: above | {"the party"},
    }[guard]  # fmt: skip
    for name, who in people.items():
        ways = sees(model, row.pk, testing.scope_of(who))
        if name in inside:
            assert {"orm", "sql"} <= ways, f"{name} should see it"
        else:
            assert ways == set(), f"{name} sees it by {ways}"
    assert sees(model, row.pk, scope.PUBLIC) == set(), "a visitor"


@pytest.mark.parametrize("label", LABELS)
def test_an_official_cannot_write_into_another_region(label: str) -> None:
    model = apps.get_model(label)
    who = testing.scope_of(testing.make_official(WUCHANG))
    table, key = connection.ops.quote_name(model._meta.db_table), model._meta.pk.column
    with scope.system("测试"):
        row = make_row(model, XILING, ["person:999999999"])
    with scope.acting(who):
        with connection.cursor() as cursor:
            try:
                with transaction.atomic():
                    cursor.execute(f"UPDATE {table} SET {key} = {key} WHERE {key} = %s", [row.pk])
                    assert cursor.rowcount == 0
                    cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [row.pk])
                    assert cursor.rowcount == 0
            except DatabaseError as error:  # append-only tables refuse the statement itself
                assert "permission denied" in str(error)
        if model.guard not in {Guard.LEDGER, Guard.AUDIT}:  # every act leaves a trace there, whoever does it
            with pytest.raises(DatabaseError, match="row-level security|permission denied"), transaction.atomic():
                make_row(model, XILING, ["person:999999999"])


def test_a_transaction_without_a_scope_sees_nothing(firm) -> None:
    key = f"org:{firm.posts.get().organisation.code}"
    with scope.system("测试"):
        rows = [(model, make_row(model, WUCHANG, [key]).pk) for model in guarded_models()[:6]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(name, '', true) FROM unnest(ARRAY['zj.region_lo', 'zj.region_hi', 'zj.keys']) name")
    assert [model._meta.label for model, pk in rows if count_raw(model, pk)] == []
