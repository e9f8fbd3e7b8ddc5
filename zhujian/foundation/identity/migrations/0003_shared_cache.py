"""Table of the cache that all processes share (one-time codes of the OpenID Connect provider, rate limits)."""

from django.db import migrations

FORWARD = """
CREATE UNLOGGED TABLE identity_cache (
  cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL
);
CREATE INDEX identity_cache_expires ON identity_cache (expires);
"""


class Migration(migrations.Migration):
    """Adds the table; unlogged, because after a crash nobody misses a code that lived for a minute."""

    dependencies = [("identity", "0002_separation_of_duties")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE identity_cache")]
