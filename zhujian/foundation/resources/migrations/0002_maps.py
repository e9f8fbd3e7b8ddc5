"""Drawn shapes; the change log and the tile cache of maps."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
from django.db import migrations, models

# Unlogged: after a crash both are empty, which is right for a cache and for what only the cache reads. `maps.install` adds the rest.
TABLES = """
CREATE UNLOGGED TABLE resources_mapchange (
  layer text NOT NULL, xid xid8 NOT NULL, at timestamptz NOT NULL, box geometry(Geometry, 4490));
CREATE INDEX resources_mapchange_xid ON resources_mapchange (layer, xid);
CREATE INDEX resources_mapchange_at ON resources_mapchange (at);
CREATE UNLOGGED TABLE resources_maptile (
  key bytea PRIMARY KEY, layer text NOT NULL, audience text NOT NULL, snapshot text NOT NULL, made_at timestamptz NOT NULL, data bytea NOT NULL);
ALTER TABLE resources_maptile ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX resources_maptile_age ON resources_maptile (made_at);
"""


class Migration(migrations.Migration):

    dependencies = [
        ("resources", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DrawnShape",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=24, unique=True, verbose_name="标记")),
                ("parties", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="绘制时间")),
                ("shape", django.contrib.gis.db.models.fields.GeometryField(spatial_index=False, srid=4490, verbose_name="范围")),
            ],
            options={
                "verbose_name": "地图上画的范围",
                "indexes": [models.Index(fields=["created_at"], name="resources_drawn_age")],
            },
        ),
        migrations.RunSQL(TABLES, "DROP TABLE resources_mapchange; DROP TABLE resources_maptile;"),
    ]
