"""What the loop does by the clock."""

from zhujian.boards.city_management.command.services import asked, errands, levels, oversight, tally
from zhujian.foundation.events.jobs import every


@every(seconds=60, name="command.overdue")
def mark_overdue() -> int:
    """Cases whose time is up are marked, told and supervised."""
    return oversight.mark_overdue() + levels.mark_overdue()


@every(seconds=60, name="command.errands")
def escalate_errands() -> int:
    """核实 and 核查 whose time is up go to the shift leader."""
    return errands.escalate()


@every(seconds=300, name="command.resume")
def resume_suspended() -> int:
    """Suspensions whose date has come end by themselves."""
    return asked.resume_due()


@every(seconds=60, name="command.tally")
def fold_tally() -> int:
    """The running count of open cases is kept short."""
    return tally.fold()
