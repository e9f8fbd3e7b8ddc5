"""The running count of open cases: its table, the trigger that keeps it, and the small indexes of what is about to be late."""

import django.contrib.postgres.indexes
import django.db.models.functions.comparison
from django.db import migrations, models

import zhujian.foundation.kernel.models

OPEN = ("verifying", "to_register", "to_dispatch", "dispatched", "handling", "dept_confirm", "to_check", "checking", "to_close")
STATES = ", ".join(f"'{state}'" for state in OPEN)
COLUMNS = "region_code, org_code, state, standing, role, suspended, supervised, number"
WATCHED = "region_code, org_code, state, due, paused_at, overdue_told, holder_role, suspended, supervise_level"


def row(c: str, number: str) -> str:
    """The row of the count to which the case `c` adds `number`."""
    return (
        f"left({c}.region_code, 6) || '000000', {c}.org_code, {c}.state, CASE WHEN {c}.due IS NULL THEN 'none' WHEN {c}.paused_at > {c}.due THEN 'late' "
        f"WHEN {c}.paused_at IS NOT NULL THEN 'grey' WHEN {c}.overdue_told THEN 'told' ELSE 'runs' END, {c}.holder_role, {c}.suspended, "
        f"{c}.supervise_level <> '', {number}"
    )


def columns(c: str) -> str:
    """Columns of `c` that the count depends on."""
    return ", ".join(f"{c}.{name.strip()}" for name in WATCHED.split(","))


FORWARD = f"""
CREATE FUNCTION command_case_tally() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.state IN ({STATES}) THEN
    INSERT INTO command_casetally ({COLUMNS}) VALUES ({row("OLD", "-1")});
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.state IN ({STATES}) THEN
    INSERT INTO command_casetally ({COLUMNS}) VALUES ({row("NEW", "1")});
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER command_tally_made AFTER INSERT OR DELETE ON command_case FOR EACH ROW EXECUTE FUNCTION command_case_tally();
CREATE TRIGGER command_tally_changed AFTER UPDATE ON command_case FOR EACH ROW
  WHEN (({columns("OLD")}) IS DISTINCT FROM ({columns("NEW")})) EXECUTE FUNCTION command_case_tally();
CREATE FUNCTION command_case_recount() RETURNS bigint LANGUAGE plpgsql SET search_path = public AS $$
DECLARE made bigint;
BEGIN
  LOCK TABLE command_case IN SHARE MODE;
  DELETE FROM command_casetally;
  INSERT INTO command_casetally ({COLUMNS}) SELECT {row("c", "count(*)")} FROM command_case c WHERE c.state IN ({STATES}) GROUP BY 1, 2, 3, 4, 5, 6, 7;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END $$;
SELECT command_case_recount();
"""
BACK = """
DROP TRIGGER command_tally_made ON command_case;
DROP TRIGGER command_tally_changed ON command_case;
DROP FUNCTION command_case_tally();
DROP FUNCTION command_case_recount();
"""
IS_OPEN = models.Q(("state__in", OPEN))
TIGHT = models.Q(("overdue_told", False), ("paused_at", None), ("state__in", OPEN))


class Migration(migrations.Migration):
    dependencies = [("command", "0006_two_levels"), ("digital_city", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CaseTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "region_code",
                    zhujian.foundation.kernel.models.RegionCodeField(
                        db_collation="C", max_length=12, verbose_name="行政区划"
                    ),
                ),
                (
                    "org_code",
                    models.CharField(blank=True, db_collation="C", default="", max_length=18, verbose_name="主办单位代码"),
                ),
                ("state", models.CharField(db_collation="C", max_length=12, verbose_name="状态")),
                ("standing", models.CharField(db_collation="C", max_length=5, verbose_name="时限状况")),
                ("role", models.CharField(blank=True, default="", max_length=16, verbose_name="当前处理岗位")),
                ("suspended", models.BooleanField(verbose_name="挂账")),
                ("supervised", models.BooleanField(verbose_name="督办")),
                ("number", models.IntegerField(verbose_name="件数")),
            ],
            options={
                "verbose_name": "在办案件计数",
                "indexes": [models.Index(fields=["region_code", "state"], name="case_tally_place")],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("county_key"), django.db.models.functions.comparison.Least("yellow_at", "due"), condition=TIGHT, name="case_tight_county"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("city_key"), django.db.models.functions.comparison.Least("yellow_at", "due"), condition=TIGHT, name="case_tight_city"
            ),
        ),
        migrations.RemoveIndex(model_name="case", name="case_due"),
        migrations.AddIndex(model_name="case", index=models.Index(condition=TIGHT, fields=["due"], name="case_due_untold")),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(condition=IS_OPEN, fields=["parties"], name="case_party_open"),
        ),
    ]
