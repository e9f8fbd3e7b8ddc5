"""Tiles are hashes: compressing them is lost work, and EXTERNAL lets one node be read without the rest of its tile."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE evidence_tile ALTER COLUMN nodes SET STORAGE EXTERNAL", migrations.RunSQL.noop),
    ]
