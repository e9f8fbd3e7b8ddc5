"""What the module does by the clock."""

from zhujian.boards.construction.project_management.services import permits, timers
from zhujian.foundation.events.jobs import every


@every(seconds=600, name="project_management.lapse")
def lapse() -> int:
    """Permits whose start limit has passed end by themselves."""
    return permits.lapse_due()


@every(seconds=600, name="project_management.remind")
def remind() -> int:
    """Duties that draw near or are overdue."""
    return timers.remind()
