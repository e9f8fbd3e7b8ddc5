"""What may be done with reports and cases. Each ``do_x`` is one transaction with its log line, event and evidence."""

from zhujian.boards.city_management.command.services.acceptance import (
    do_accept,
    do_mark_duplicate,
    do_merge,
    do_refuse,
    do_release,
    do_take,
    verification,
)
from zhujian.boards.city_management.command.services.after import do_recur, do_resolve_call_back
from zhujian.boards.city_management.command.services.asked import (
    do_extend_decide,
    do_extend_request,
    do_resume,
    do_suspend_decide,
    do_suspend_request,
)
from zhujian.boards.city_management.command.services.ending import do_force_close, do_void
from zhujian.boards.city_management.command.services.errands import do_reassign
from zhujian.boards.city_management.command.services.intake import do_report, phone_hash
from zhujian.boards.city_management.command.services.moves import do_revoke_assignment
from zhujian.boards.city_management.command.services.oversight import (
    do_appeal,
    do_reply_supervision,
    do_review_appeal,
    do_supervise,
)
from zhujian.boards.city_management.command.services.photos import PhotoIn, do_add_photos
from zhujian.boards.city_management.command.services.recompute import do_recompute

__all__ = [
    "PhotoIn", "do_accept", "do_add_photos", "do_appeal", "do_extend_decide", "do_extend_request", "do_force_close", "do_mark_duplicate",
    "do_merge", "do_reassign", "do_recompute", "do_recur", "do_refuse", "do_release", "do_reply_supervision", "do_report", "do_resolve_call_back",
    "do_resume", "do_review_appeal", "do_revoke_assignment", "do_suspend_decide", "do_suspend_request", "do_supervise", "do_take", "do_void",
    "phone_hash", "verification",
]  # fmt: skip
