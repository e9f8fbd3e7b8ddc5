"""Asking reporters about closed cases, and what follows from their answers."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from zhujian.boards.city_management.command import selectors as command
from zhujian.boards.city_management.command import services as command_services
from zhujian.boards.city_management.public_service.models import CallBack, Submission
from zhujian.boards.city_management.public_service.rules import call_back as rules
from zhujian.boards.city_management.public_service.rules import phones
from zhujian.boards.city_management.public_service.services import codes, limits
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto.personal import keyed_hash
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.messages import services as messages
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

NOTE_MOST = 500
_DIGIT = re.compile(r"[1-5]")


def token_hash(token: str) -> str:
    """What is kept of a link's token."""
    return keyed_hash("public_service.call_back", token)


def levels(name: str, region: str = "") -> list[int]:
    """The levels that count as `satisfied`, or that start a follow-up (`dissatisfied`), as a parameter says."""
    return [int(level) for level in parameters.value(f"public_service.{name}", on=timezone.localdate(), region=region).value]


@transaction.atomic
def do_ask(submission: Submission) -> CallBack | None:
    """Start the call-back of a reporter whose case has been closed; once per submission. Call it in a system scope.

    The reporter hears of it by message (with an account) or by SMS (with a proven phone); everybody sees it on their receipt.
    """
    if CallBack.objects.filter(submission=submission).exists():
        return None
    now, token = timezone.now(), secrets.token_urlsafe(12)
    made = CallBack.objects.create(
        submission=submission, case_no=submission.case_no, class_code=submission.class_code, class_name=submission.class_name,
        unit=submission.unit, asked_at=now, due_at=now + timedelta(days=limits.number("call_back_days", submission.region_code)),
        next_at=now, token_hash=token_hash(token), region_code=submission.region_code, parties=submission.parties,
    )  # fmt: skip
    link = reverse("public_service:rate", args=[token])
    what = submission.class_name or "问题"
    people = [key for key in submission.parties if key.startswith("person:")]
    if people:
        messages.send(
            people, title=f"您反映的{what}已办结，请评价", body=f"受理编号{submission.number}。", link=link,
            dedupe=f"public_service.call_back:{made.pk}",
        )  # fmt: skip
    if phone := _phone(submission):
        body = f"编号{submission.number}。请回复数字评价：1非常满意，2满意，3基本满意，4不满意"
        if parameters.value("public_service.call_back_link", on=timezone.localdate(), region=submission.region_code).value:
            body += f"；或打开{settings.PUBLIC_URL.rstrip('/')}{link}"
        messages.queue_text(phone, f"您反映的{what}已办结", body)
    return made


def _phone(submission: Submission) -> str:
    """The mobile number of whoever reported; a landline gets no text, the desk calls it."""
    report = command.report(submission.number) if submission.phone_hash else None
    return phones.mobile(report.reporter_phone) if report else ""


def by_token(token: str) -> CallBack:
    """The call-back a link leads to; NotFound for any other token."""
    with scope.system("凭链接评价"):
        found = CallBack.objects.select_related("submission").filter(token_hash=token_hash(token)).first()
    if found is None:
        raise NotFound("call_back.link", "这个评价链接无效。您可以在“我的上报”里凭受理编号评价。")
    return found


def check_open(found: CallBack) -> list[Reason]:
    """Whether an answer may still be given."""
    if found.state == CallBack.State.ANSWERED:
        return [Reason("call_back.answered", "这件事您已经评价过了，谢谢。一件事只评价一次。")]
    if found.due_at < timezone.now():
        return [Reason("call_back.late", "评价时间已过。如果问题仍然存在，请重新上报。")]
    return []


@transaction.atomic
def do_answer(
    call_back_id: int, level: int, *, channel: str, note: str = "", solved: bool | None = None, by: str = ""
) -> CallBack:
    """Keep one answer, tell the case, and start the follow-up of a dissatisfied reporter: linked, once.

    Refusal ``call_back.level``; Conflict when answered before or too late. Runs in a system scope: the caller has proven who asks.
    """
    refuse_if(rules.check_level(level))
    text = note.strip()
    if len(text) > NOTE_MOST:
        raise Refusal("call_back.note", f"意见不要超过{NOTE_MOST}个字。", "note")
    if level == max(rules.RATED) and not text:
        raise Refusal("call_back.note", "请写一句哪里不满意，我们好再次办理。", "note")
    with scope.system("回访评价"):
        found = CallBack.objects.select_for_update().filter(pk=call_back_id).first()
        if found is None:
            raise NotFound("call_back.absent", "没有这条回访记录，请刷新页面。")
        if reasons := check_open(found):
            raise Conflict(reasons=reasons)
        found.level, found.channel, found.note, found.solved = level, channel, text, solved
        found.state, found.answered_at, found.answered_by = CallBack.State.ANSWERED, timezone.now(), by[:64]
        found.follow_up = _follow_up(found)
        found.save_version(
            found.version, fields=["level", "channel", "note", "solved", "state", "answered_at", "answered_by", "follow_up"]
        )
        _tell(found)
    return found


def _follow_up(found: CallBack) -> Submission | None:
    """Tell the case, and the linked follow-up of a dissatisfied answer: one per case, none of a follow-up itself.

    A case keeps what its first reporter said; of several reporters a later one who is dissatisfied still starts the follow-up.
    """
    case = command.case(found.case_no)
    if case is None:
        return None
    dissatisfied = found.level in levels("dissatisfied", found.region_code)
    earlier = CallBack.objects.filter(case_no=found.case_no).exclude(follow_up=None).select_related("follow_up").first()
    starts = rules.follow_up(
        found.level or 0, levels("dissatisfied", found.region_code), already=earlier is not None,
        is_follow_up=case.previous_id is not None,
    )  # fmt: skip
    if not case.satisfaction:
        command_services.do_resolve_call_back(case.pk, str(found.level), found.note)
    elif starts:
        command_services.do_recur(case.pk, f"回访不满意：{found.note}"[:500])
    report = case.recurrences.order_by("-id").first() if starts else None
    if report is None:
        return earlier.follow_up if earlier and dissatisfied else None
    first = found.submission
    return Submission.objects.create(
        number=report.number, source=first.source, kind=first.kind, class_code=first.class_code, class_name=first.class_name,
        description=report.description, address=report.address, location=report.location, received_at=report.received_at,
        changed_at=timezone.now(), shown=first.shown, phone_hash=first.phone_hash, follow_of=first, region_code=report.region_code,
        parties=first.parties,
    )  # fmt: skip


def _tell(found: CallBack) -> None:
    facts = {"case_no": found.case_no, "level": found.level, "follow_up": found.follow_up.number if found.follow_up else ""}
    subject, region = f"public_service.call_back:{found.pk}", found.region_code
    publish("call_back.answered", subject=subject, region_code=region, payload=facts)
    if found.follow_up is not None:
        publish("call_back.follow_up", subject=subject, region_code=region, payload=facts)
    evidence.record("call_back.answered", object_id=subject, region_code=region, payload=facts)
    order = getattr(found.submission, "order", None)
    if order is not None and order.state == "replied":
        order.state = "visited"
        order.save_version(order.version, fields=["state"])


@transaction.atomic
def do_unreached(call_back_id: int, by: str) -> CallBack:
    """Nobody took the call: tried again some working hours later, given up after as many calls as the parameter says."""
    found = CallBack.objects.select_for_update().filter(pk=call_back_id).first()
    if found is None:
        raise NotFound("call_back.absent", "没有这条回访记录，请刷新页面。")
    if found.state != CallBack.State.WAITING:
        raise Conflict("call_back.state", "这条回访已经有结果，请刷新页面。")
    found.attempts += 1
    if found.attempts >= limits.number("call_back_attempts", found.region_code):
        found.state, found.next_at = CallBack.State.UNREACHED, None
    else:
        later = parameters.value("public_service.call_back_retry", on=timezone.localdate(), region=found.region_code).value
        limit = worktime.Limit(int(later["amount"]), later["unit"])
        found.next_at = worktime.deadline(timezone.now(), limit, calendars.calendar(found.region_code))
    found.answered_by = by[:64]
    found.save_version(found.version, fields=["attempts", "state", "next_at", "answered_by"])
    return found


def do_sms_reply(phone: str, text: str) -> CallBack | None:
    """The answer to the newest open call-back of a phone, by the first digit of a text; None when there is nothing to answer."""
    digit = _DIGIT.search(text)
    if digit is None:
        return None
    with scope.system("短信回复评价"):
        waiting = CallBack.objects.filter(
            submission__phone_hash=codes.hash_of(codes.read_phone(phone)),
            state=CallBack.State.WAITING,
            due_at__gte=timezone.now(),
        )
        found = waiting.order_by("-asked_at", "-id").first()
    return do_answer(found.pk, int(digit.group()), channel="sms", note=f"短信回复：{text.strip()}"[:NOTE_MOST]) if found else None


@transaction.atomic
def do_expire() -> int:
    """Call-backs whose time is over without an answer are 未评价. For the worker."""
    return CallBack.objects.filter(
        state__in=[CallBack.State.WAITING, CallBack.State.UNREACHED], due_at__lt=timezone.now()
    ).update(state=CallBack.State.EXPIRED, next_at=None)


__all__ = ["by_token", "check_open", "do_answer", "do_ask", "do_expire", "do_sms_reply", "do_unreached", "levels", "token_hash"]
