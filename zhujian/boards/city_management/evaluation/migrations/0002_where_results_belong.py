"""Frozen results of departments and posts are filed where they belong, as `selectors.names.homes` files new ones; no result changes."""

from django.db import migrations

# Codes of the run's region: its significant digits are those of every region within it.
WITHIN = """o.region_code LIKE left(r.region_code, CASE WHEN r.region_code LIKE '__0000000000' THEN 2 WHEN r.region_code LIKE '____00000000' THEN 4
  WHEN r.region_code LIKE '______000000' THEN 6 WHEN r.region_code LIKE '_________000' THEN 9 ELSE 12 END) || '%'"""
BODIES = f"""
UPDATE evaluation_standing s SET region_code = o.region_code FROM identity_organisation o, evaluation_run r
WHERE r.id = s.run_id AND s.target = 'org' AND o.code = s.code AND o.kind IN ('department', 'institution', 'utility')
  AND s.region_code <> o.region_code AND {WITHIN}
"""  # noqa: S608
POSTS = f"""
UPDATE evaluation_standing s SET region_code = o.region_code FROM evaluation_run r, (
  SELECT p.account_id::text AS code, min(b.region_code) AS region_code FROM identity_post p JOIN identity_organisation b ON b.id = p.organisation_id
  WHERE b.kind IN ('department', 'institution', 'utility') GROUP BY 1 HAVING min(b.region_code) = max(b.region_code)) o
WHERE r.id = s.run_id AND s.target IN ('inspector', 'acceptor', 'dispatcher') AND o.code = s.code AND s.region_code <> o.region_code AND {WITHIN}
"""  # noqa: S608


class Migration(migrations.Migration):
    """Results filed under the whole region move to their own place."""

    dependencies = [("evaluation", "0001_initial"), ("identity", "0005_access_tokens")]
    operations = [migrations.RunSQL([BODIES, POSTS], migrations.RunSQL.noop)]
