"""What the module does by the clock."""

from zhujian.boards.city_management.evaluation.services import freezing
from zhujian.foundation.events.jobs import every


@every(seconds=3600, name="evaluation.freeze")
def freeze() -> int:
    """Periods that have ended."""
    return freezing.freeze_ended()
