"""What makes room for very many rows: secondary indexes are left out while they come in, and made again in one go afterwards.

An index that stands costs every row a place in it; made at the end it is sorted once, and a province's twenty indexes a table cost minutes
instead of half an hour. Nothing is remembered about what was left out: what must stand is what the models and the map declare, so that
after a crash `restore` finds out by itself. Constraints, unique indexes and primary keys always stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models

from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.maps import install

Model = type[models.Model]
PLAIN = """
SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
 WHERE x.indrelid = to_regclass(%s) AND NOT x.indisunique AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid)
"""


def declared(model: Model) -> dict[str, str]:
    """Secondary indexes that the model and its map layers declare: name → statement that makes it."""
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        made = [index.create_sql(model, editor) for index in model._meta.indexes]
        for field in model._meta.local_fields:
            made += editor._field_indexes_sql(model, field)  # type: ignore[attr-defined]
        found = {_name(one.parts["name"]): str(one) for one in made}
    for resource in registry.resources():
        if resource.model is model and resource.shape:
            found |= install.indexes(resource)
    return found


def _name(part: object) -> str:
    return str(part).strip('"')


def standing(model: Model) -> set[str]:
    """Secondary indexes the table has now; neither unique ones nor those of a constraint."""
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [f'public."{model._meta.db_table}"'])
        return {name for (name,) in cursor.fetchall()}


def leave_out(chosen: Sequence[Model]) -> int:
    """Drop the declared secondary indexes of the tables; how many. Others (a database administrator's) stay."""
    gone = 0
    with connection.cursor() as cursor:
        for model in chosen:
            for name in sorted(standing(model) & declared(model).keys()):
                cursor.execute(f'DROP INDEX "{name}"')
                gone += 1
    return gone


def restore(chosen: Sequence[Model], tell: Callable[[str], None] = lambda _: None) -> int:
    """Make every declared secondary index that is missing, each in a transaction of its own; how many."""
    made = 0
    for model in chosen:
        there = standing(model)
        missing = [statement for name, statement in declared(model).items() if name not in there]
        if missing:
            tell(f"恢复索引 {model._meta.verbose_name}（{len(missing)} 个）")
        with connection.cursor() as cursor:
            for statement in missing:
                cursor.execute(statement)
        made += len(missing)
    return made


def tables(modules: Sequence[str]) -> list[Model]:
    """Tables of business rows of the modules named by their app labels."""
    from django.apps import apps

    return [model for name in modules for model in apps.get_app_config(name).get_models() if issubclass(model, ScopedModel)]


@contextmanager
def without_history(chosen: Sequence[Model]) -> Iterator[None]:
    """Inside the running transaction, leave out the history of each row (owner only): what is generated has none worth keeping.

    The trigger is switched within the transaction, so that it is on again whatever happens to this process.
    """
    names = [f'"{model._meta.db_table}"' for model in chosen if not model.append_only]  # type: ignore[attr-defined]
    _switch(names, "DISABLE")
    yield
    with connection.cursor() as cursor:  # a table with checks still to come cannot be altered
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _switch(names, "ENABLE")


def _switch(names: Sequence[str], way: str) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"ALTER TABLE {name} {way} TRIGGER zj_history")


def take_ids(model: Model, count: int) -> list[int]:
    """`count` new keys of the table, so that rows which name each other can be written without reading any back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{model._meta.db_table}"', count]
        )
        return [key for (key,) in cursor.fetchall()]


__all__ = ["declared", "leave_out", "restore", "standing", "tables", "take_ids", "without_history"]
