"""The database engine of the settings: Django's for PostGIS, and statements that wait for the next one (see `base`)."""

import os

# A pool in transaction mode that forgets prepared statements (pgbouncer before 1.21) needs ZHUJIAN_PREPARE=0.
PREPARE = os.environ.get("ZHUJIAN_PREPARE", "1") != "0"
