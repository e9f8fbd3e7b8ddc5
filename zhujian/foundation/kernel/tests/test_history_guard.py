"""A line of the history is seen by no more people than the row it is about, however the row's table is guarded."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.models import Guard, History, ScopedModel

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "420106000000", "420502000000"


@pytest.mark.parametrize(
    ("guard", "readers"),
    [
        (Guard.REGION_OR_PARTY, {"official", "party", "system"}), (Guard.REGION, {"official", "system"}), (Guard.PARTY, {"party", "system"}),
        (Guard.AUDIT, {"auditor", "system"}), (Guard.COMMON, {"official", "party", "system"}),
    ],
)  # fmt: skip
def test_history_follows_the_guard_of_its_table(guard: Guard, readers: set[str]) -> None:
    firm = make_enterprise()
    key = f"org:{firm.posts.get().organisation.code}"
    with scope.system("test"), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE kept (id bigint, version int, region_code text, parties text[], note text) ON COMMIT DROP"
        )
        cursor.execute(
            "CREATE TRIGGER kept AFTER INSERT OR UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION zj_history('guard:"
            + guard.value
            + "')"
        )
        cursor.execute("INSERT INTO kept VALUES (1, 1, %s, %s, 'a')", [HERE, [key]])
        cursor.execute("UPDATE kept SET note = 'b'")
    people = {
        "official": scope_of(make_official(HERE)), "elsewhere": scope_of(make_official(ELSEWHERE)), "party": scope_of(firm),
        "another firm": scope_of(make_enterprise()), "auditor": scope_of(make_official("420000000000", roles=["auditor"])),
        "visitor": scope.PUBLIC,
    }  # fmt: skip
    seen = set()
    for name, who in people.items():
        with scope.acting(who):
            if History.objects.filter(table="kept", row_id=1).count() == 2:
                seen.add(name)
    with scope.system("test"):
        if History.objects.filter(table="kept", row_id=1).count() == 2:
            seen.add("system")
    assert seen == readers


def test_every_history_trigger_says_how_its_table_is_guarded() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'zj_history'")
        found = dict(cursor.fetchall())
    for model in apps.get_models():
        if issubclass(model, ScopedModel) and not model.append_only and model._meta.managed and not model._meta.proxy:
            assert f"zj_history('guard:{model.guard.value}'" in found[model._meta.db_table], model._meta.label
