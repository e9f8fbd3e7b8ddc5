"""What may be done to processes: start them, work on tasks, move them, stop and restart their clocks, change definitions.

Every ``do_x`` is one transaction that locks the instance first, so that two people acting on one process follow each
other; each has a ``check_x`` that answers with reasons instead of raising.
"""

from zhujian.foundation.workflow.services.clocks import (
    check_extend,
    check_pause_clock,
    do_extend,
    do_pause_clock,
    do_recompute,
    do_resume_clock,
    show_clock,
)
from zhujian.foundation.workflow.services.common import lock_subject
from zhujian.foundation.workflow.services.control import (
    check_suspend,
    do_resume,
    do_suspend,
    do_terminate,
    do_urge,
)
from zhujian.foundation.workflow.services.definitions import (
    check_publish,
    do_publish,
    do_retire,
    do_save_draft,
    install,
)
from zhujian.foundation.workflow.services.moves import (
    check_return,
    check_withdraw,
    do_countersign,
    do_delegate,
    do_recall_opinion,
    do_return,
    do_transfer,
    do_withdraw,
)
from zhujian.foundation.workflow.services.offices import ask_offices
from zhujian.foundation.workflow.services.start import check_start, start
from zhujian.foundation.workflow.services.tasks import (
    check_claim,
    check_complete,
    do_claim,
    do_complete,
    do_unclaim,
)
from zhujian.foundation.workflow.services.timers import do_tick

__all__ = [
    "ask_offices", "check_claim", "check_complete", "check_extend", "check_pause_clock", "check_publish", "check_return", "check_start",
    "check_suspend", "check_withdraw", "do_claim", "do_complete", "do_countersign", "do_delegate", "do_extend",
    "do_pause_clock", "do_publish", "do_recall_opinion", "do_recompute", "do_resume", "do_resume_clock", "do_retire", "do_return",
    "do_save_draft", "do_suspend", "do_terminate", "do_tick", "do_transfer", "do_unclaim", "do_urge", "do_withdraw",
    "install", "lock_subject", "show_clock", "start",
]  # fmt: skip
