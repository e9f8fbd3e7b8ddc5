"""What the database does for maps, brought in line with the declarations after every migrate: ranks, change log, cache policy.

Runs as the owner, like the kernel's guards, and is idempotent. Every table that is drawn gets triggers that note, in the transaction of
a change, where it happened; layers that are thinned get their partial indexes.
"""

from __future__ import annotations

import hashlib

from django.db import connection

from zhujian.foundation.kernel.guards import APP_ROLE
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.maps import thinning

CHANGES, TILES = "resources_mapchange", "resources_maptile"
PLACE = 0.1  # degrees: changes of one statement are noted once per square of this size

FUNCTIONS = f"""
{thinning.FUNCTIONS}
CREATE OR REPLACE FUNCTION zj_tile_fresh(layer_ text, snapshot_ pg_snapshot, box_ geometry) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT NOT EXISTS (SELECT FROM {CHANGES} c WHERE c.layer = layer_ AND c.xid >= pg_snapshot_xmin(snapshot_)
    AND NOT pg_visible_in_snapshot(c.xid, snapshot_) AND (c.box IS NULL OR c.box && box_)) $$;
CREATE OR REPLACE FUNCTION zj_map_prune(keep_bytes bigint, keep_minutes integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE gone bigint; more bigint;
BEGIN
  DELETE FROM {TILES} WHERE made_at < now() - make_interval(mins => keep_minutes);
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM {TILES} t USING (SELECT key, sum(octet_length(data) + 300) OVER (ORDER BY made_at DESC, key) AS held FROM {TILES}) s
    WHERE t.key = s.key AND s.held > keep_bytes;
  GET DIAGNOSTICS more = ROW_COUNT;
  -- A tile is never older than keep_minutes, so no tile can miss a change noted twice as long ago.
  DELETE FROM {CHANGES} WHERE at < now() - make_interval(mins => 2 * keep_minutes);
  RETURN gone + more;
END $$;
CREATE OR REPLACE FUNCTION zj_map_emptied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO {CHANGES} (layer, xid, at, box) VALUES (TG_TABLE_NAME, pg_current_xact_id(), clock_timestamp(), NULL);
  RETURN NULL;
END $$;
ALTER TABLE {TILES} ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS zj_audience ON {TILES};
CREATE POLICY zj_audience ON {TILES} FOR ALL TO {APP_ROLE} USING (audience = ANY ((SELECT zj_audiences())::text[]));
REVOKE ALL ON {CHANGES} FROM {APP_ROLE};
"""  # noqa: S608 (own names only)
# The audiences a transaction belongs to: everybody, those with its region range, those with its range and party keys.
AUDIENCES = """
CREATE OR REPLACE FUNCTION zj_audiences() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT ARRAY['all', 'region:' || zj_region_lo() || ':' || zj_region_hi(),
  'keys:' || zj_region_lo() || ':' || zj_region_hi() || ':' || md5(zj_keys()::text)] $$;
"""
TRIGGERS = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO {changes} (layer, xid, at, box)
      SELECT '{table}', pg_current_xact_id(), clock_timestamp(), ST_SetSRID(ST_Extent(g)::geometry, 4490)
      FROM (SELECT {column} AS g FROM was UNION ALL SELECT {column} FROM changed) rows WHERE g IS NOT NULL
      GROUP BY floor(ST_XMin(g) / {place}), floor(ST_YMin(g) / {place});
  ELSE
    INSERT INTO {changes} (layer, xid, at, box)
      SELECT '{table}', pg_current_xact_id(), clock_timestamp(), ST_SetSRID(ST_Extent({column})::geometry, 4490)
      FROM changed WHERE {column} IS NOT NULL GROUP BY floor(ST_XMin({column}) / {place}), floor(ST_YMin({column}) / {place});
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS zj_map_insert ON {table};
DROP TRIGGER IF EXISTS zj_map_update ON {table};
DROP TRIGGER IF EXISTS zj_map_delete ON {table};
DROP TRIGGER IF EXISTS zj_map_emptied ON {table};
CREATE TRIGGER zj_map_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE TRIGGER zj_map_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS was NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE TRIGGER zj_map_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE TRIGGER zj_map_emptied AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION zj_map_emptied();
"""


def install(**_: object) -> None:
    """Bring functions, policy, triggers and indexes in line. Only the owner can; others return silently."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s), to_regclass(%s) IS NOT NULL",
            [APP_ROLE, TILES],
        )
        user, has_role, ready = cursor.fetchone()
        if user == APP_ROLE or not has_role or not ready:
            return
        cursor.execute(AUDIENCES + FUNCTIONS)
        tables = set(connection.introspection.table_names(cursor))
        for resource in registry.resources():
            if resource.shape and resource.model._meta.db_table in tables:
                for statement in statements(resource):
                    cursor.execute(statement)


def statements(resource: Resource) -> list[str]:
    """The statements that make one drawn table ready; also for a table of the same shape in another schema (benchmarks)."""
    table = resource.model._meta.db_table
    column = resource.shape.column  # type: ignore[union-attr]
    triggers = TRIGGERS.format(function=f"zj_map_{_short(table)}", changes=CHANGES, table=table, column=column, place=PLACE)
    return [triggers, *indexes(resource).values()]


def indexes(resource: Resource) -> dict[str, str]:
    """Partial indexes of a layer that is thinned: name → statement."""
    if not (resource.layer and resource.layer.thin):
        return {}
    table = resource.model._meta.db_table
    column = resource.shape.column  # type: ignore[union-attr]
    points = thinning.only_points(resource)
    names = {level: f"zj_map_{_short(table)}_{level}" for level in thinning.INDEXED}
    return {
        name: f'CREATE INDEX IF NOT EXISTS "{name}" ON {table} USING gist ({column}) WHERE {thinning.rank(column, points=points)} >= {level:d}'
        for level, name in names.items()
    }


def _short(table: str) -> str:
    """A name for what belongs to `table`, short enough for PostgreSQL whatever the table is called."""
    return table if len(table) <= 44 else table[:36] + hashlib.sha256(table.encode()).hexdigest()[:8]
