"""Offices that hold an authority are kept in memory by every process; a change of one of them renews the stamp."""

from django.db import migrations

# By row, not by statement: firms are registered all day and hold no authority.
TRIGGERS = """
CREATE TRIGGER zj_stamp_new AFTER INSERT ON identity_organisation FOR EACH ROW
  WHEN (cardinality(NEW.authorities) > 0) EXECUTE FUNCTION zj_stamp('offices');
CREATE TRIGGER zj_stamp_changed AFTER UPDATE ON identity_organisation FOR EACH ROW
  WHEN (OLD IS DISTINCT FROM NEW AND cardinality(OLD.authorities) + cardinality(NEW.authorities) > 0) EXECUTE FUNCTION zj_stamp('offices');
CREATE TRIGGER zj_stamp_gone AFTER DELETE ON identity_organisation FOR EACH ROW
  WHEN (cardinality(OLD.authorities) > 0) EXECUTE FUNCTION zj_stamp('offices');
CREATE TRIGGER zj_stamp_emptied AFTER TRUNCATE ON identity_organisation FOR EACH STATEMENT EXECUTE FUNCTION zj_stamp('offices');
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_shared_cache"), ("kernel", "0001_initial")]

    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
