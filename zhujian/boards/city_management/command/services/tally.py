"""Keeping the running count of open cases short, and counting it anew."""

from __future__ import annotations

from django.db import connection, transaction

KEY = "region_code, org_code, state, standing, role, suspended, supervised"
# What others add meanwhile is not seen by this statement, and stays.
FOLD = f"""
WITH gone AS (
  DELETE FROM command_casetally USING (
    SELECT array_agg(id) AS ids FROM command_casetally GROUP BY {KEY} HAVING count(*) > 1 OR sum(number) = 0
  ) alike WHERE id = ANY(alike.ids) RETURNING command_casetally.*
)
INSERT INTO command_casetally ({KEY}, number) SELECT {KEY}, sum(number) FROM gone GROUP BY {KEY} HAVING sum(number) <> 0
"""  # noqa: S608 (our own columns)


def fold() -> int:
    """Add equal rows up; how many there are afterwards. For the worker, in a system scope."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD)
        cursor.execute("SELECT count(*) FROM command_casetally")
        return int(cursor.fetchone()[0])


@transaction.atomic
def recount() -> int:
    """Count all open cases anew, while nobody changes one; how many rows that makes. As the owner: after cases were written past the trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT command_case_recount()")
        return int(cursor.fetchone()[0])


__all__ = ["fold", "recount"]
