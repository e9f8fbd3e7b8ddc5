"""What may be done in the field: go on and off duty, send a track, report, finish a task."""

from zhujian.boards.city_management.collection.services.receipts import once
from zhujian.boards.city_management.collection.services.retention import do_keep
from zhujian.boards.city_management.collection.services.shifts import close_forgotten, do_end, do_start, do_track

__all__ = ["close_forgotten", "do_end", "do_keep", "do_start", "do_track", "once"]
