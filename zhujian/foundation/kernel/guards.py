"""Installs what the database itself enforces: grants, row-level security, append-only tables, history triggers.

Runs after every migrate as the owner, and is idempotent: what a model declares (`guard`, `append_only`) is what the
database does. `zhujian_app` (the role of the running application) owns nothing.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection
from django.db.models import Model

from zhujian.foundation.kernel.models import Guard, History, ScopedModel

APP_ROLE = "zhujian_app"

# A history line is seen by no more people than its row: the trigger's first argument says how the table is guarded. The history itself is
# guarded by region or party, so a line of a table without regions gets region '0' (background work only), one without parties gets none.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION zj_region_lo() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('zj.region_lo', true), ''), '~') COLLATE "C" $$;
CREATE OR REPLACE FUNCTION zj_region_hi() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('zj.region_hi', true), ''), '~') COLLATE "C" $$;
CREATE OR REPLACE FUNCTION zj_keys() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('zj.keys', true), ''), '{}')::text[] $$;
CREATE OR REPLACE FUNCTION zj_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE before jsonb := '{}'; after jsonb := '{}'; delta jsonb; ref jsonb; guard text := coalesce(TG_ARGV[0], '');
BEGIN
  -- A new row is its own record: nothing of it is copied, least of all its geometry as text.
  IF TG_OP = 'INSERT' THEN
    INSERT INTO kernel_history (at, "table", row_id, action, row_version, actor_id, actor_name, region_code, parties, diff)
    VALUES (clock_timestamp(), TG_TABLE_NAME, NEW.id, 'insert', NEW.version, nullif(current_setting('zj.actor', true), '')::bigint,
            coalesce(current_setting('zj.actor_name', true), ''), CASE WHEN guard IN ('guard:party', 'guard:audit') THEN '0' ELSE NEW.region_code END,
            CASE guard WHEN 'guard:region' THEN '{}' WHEN 'guard:audit' THEN '{role:auditor}' ELSE coalesce(NEW.parties, '{}') END, '{}');
    RETURN NULL;
  END IF;
  before := to_jsonb(OLD);
  IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF;
  ref := CASE WHEN TG_OP = 'DELETE' THEN before ELSE after END;
  IF TG_OP = 'UPDATE' THEN
    SELECT coalesce(jsonb_object_agg(n.key, jsonb_build_array(before -> n.key, n.value)), '{}') INTO delta
      FROM jsonb_each(after) n WHERE before -> n.key IS DISTINCT FROM n.value
       AND n.key NOT IN ('updated_at', 'version', 'city_key', 'county_key') AND n.key <> ALL (coalesce(TG_ARGV, '{}'));
    IF delta = '{}' THEN RETURN NULL; END IF;
  ELSE
    delta := '{}';
  END IF;
  INSERT INTO kernel_history (at, "table", row_id, action, row_version, actor_id, actor_name, region_code, parties, diff)
  VALUES (clock_timestamp(), TG_TABLE_NAME, (ref ->> 'id')::bigint, lower(TG_OP), (ref ->> 'version')::int,
          nullif(current_setting('zj.actor', true), '')::bigint, coalesce(current_setting('zj.actor_name', true), ''),
          CASE WHEN guard IN ('guard:party', 'guard:audit') THEN '0' ELSE ref ->> 'region_code' END,
          CASE guard WHEN 'guard:region' THEN '{}'::text[] WHEN 'guard:audit' THEN '{role:auditor}'::text[]
                     ELSE ARRAY(SELECT jsonb_array_elements_text(coalesce(ref -> 'parties', '[]'))) END, delta);
  RETURN NULL;
END $$;
"""

# The planner takes a range with unknown ends for half a percent of the rows and would rather sort a whole county than walk its
# index; wrapped, it expects half. What finds rows are the conditions that a list adds itself (`query.scope_condition`).
REGION_TEST = "coalesce(region_code >= (SELECT zj_region_lo()) AND region_code < (SELECT zj_region_hi()), false)"
PARTY_TEST = "parties && (SELECT zj_keys())"
# Party-only rows still open to background work, whose range is everything from '0'.
SYSTEM_TEST = "(SELECT zj_region_lo()) = '0'"
TESTS = {
    Guard.REGION_OR_PARTY: f"{REGION_TEST} OR {PARTY_TEST}",
    Guard.REGION: REGION_TEST,
    Guard.PARTY: f"{SYSTEM_TEST} OR {PARTY_TEST}",
    Guard.LEDGER: f"{REGION_TEST} OR {PARTY_TEST}",
    Guard.COMMON: f"{REGION_TEST} OR {PARTY_TEST}",
    Guard.PUBLISHED: f"{REGION_TEST} OR {PARTY_TEST}",
    Guard.AUDIT: f"{SYSTEM_TEST} OR (SELECT zj_keys()) @> '{{role:auditor}}'",
}
# What a new row must pass where that differs from what may be read: every act leaves a trace, whoever does it.
CHECKS = {Guard.LEDGER: "true", Guard.AUDIT: "true"}
# Who may read more than they may write: officials below the region of a row. `left` takes the significant digits of its code.
ABOVE_TEST = (
    "starts_with((SELECT zj_region_lo()), left(region_code, CASE WHEN region_code LIKE '__0000000000' THEN 2 "
    "WHEN region_code LIKE '____00000000' THEN 4 WHEN region_code LIKE '______000000' THEN 6 WHEN region_code LIKE '_________000' THEN 9 ELSE 12 END))"
)
READS = {Guard.COMMON: ABOVE_TEST, Guard.PUBLISHED: f"published AND (is_public OR {ABOVE_TEST})"}


def guarded(model: type[Model]) -> bool:
    """Whether the table of `model` is under row-level security."""
    return isinstance(getattr(model, "guard", None), Guard)


def install(**_: object) -> None:
    """Bring grants, policies and triggers in line with the models. Only the owner can; others return silently."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [APP_ROLE])
        user, has_role = cursor.fetchone()
        if user == APP_ROLE or not has_role:
            return
        cursor.execute(FUNCTIONS)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP_ROLE}")
        for model in apps.get_models():
            if not model._meta.managed or model._meta.proxy:
                continue
            table = quote(model._meta.db_table)
            if getattr(model, "append_only", False):
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}")
            if guarded(model):
                guard = model.guard  # type: ignore[attr-defined]
                _guard(cursor, table, TESTS[guard], CHECKS.get(guard, TESTS[guard]), READS.get(guard, ""))
            if issubclass(model, ScopedModel) and not model.append_only:
                unkept = [str(f.column) for f in model._meta.concrete_fields if f.name in model.unkept]
                _keep_history(cursor, table, model.guard, unkept)
        cursor.execute(f"REVOKE INSERT ON {quote(History._meta.db_table)} FROM {APP_ROLE}")


def _guard(cursor: object, table: str, test: str, check: str = "", read: str = "") -> None:
    cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")  # type: ignore[attr-defined]
    cursor.execute(f"DROP POLICY IF EXISTS zj_scope ON {table}")  # type: ignore[attr-defined]
    cursor.execute(f"CREATE POLICY zj_scope ON {table} FOR ALL TO {APP_ROLE} USING ({test}) WITH CHECK ({check or test})")  # type: ignore[attr-defined]
    cursor.execute(f"DROP POLICY IF EXISTS zj_read ON {table}")  # type: ignore[attr-defined]
    if read:  # a second policy for reading only: nobody changes or deletes by it
        cursor.execute(f"CREATE POLICY zj_read ON {table} FOR SELECT TO {APP_ROLE} USING ({read})")  # type: ignore[attr-defined]


def _keep_history(cursor: object, table: str, guard: Guard, unkept: list[str]) -> None:
    columns = ", ".join(f"'{name}'" for name in (f"guard:{guard.value}", *unkept))  # names of our own columns
    cursor.execute(f"DROP TRIGGER IF EXISTS zj_history ON {table}")  # type: ignore[attr-defined]
    cursor.execute(  # type: ignore[attr-defined]
        f"CREATE TRIGGER zj_history AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION zj_history({columns})"
    )
