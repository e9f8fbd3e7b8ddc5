"""A kept tile brings its ETag."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("resources", "0003_import_layers"),
    ]

    operations = [
        migrations.RunSQL(
            "TRUNCATE resources_maptile; ALTER TABLE resources_maptile ADD COLUMN tag text NOT NULL",
            "ALTER TABLE resources_maptile DROP COLUMN tag",
        ),
    ]
