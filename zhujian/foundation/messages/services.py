"""Sending and reading messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.messages.channels import SmsRefused, provider
from zhujian.foundation.messages.models import Message, TextMessage
from zhujian.foundation.messages.rules import backoff, earliest, sms_text
from zhujian.foundation.messages.texts import texts
from zhujian.foundation.parameters import selectors as parameters

BATCH = 50


@transaction.atomic
def send(
    to_keys: Iterable[str], *, title: str, body: str = "", link: str = "", level: str = "info", dedupe: str | None = None,
    roles: Collection[str] = (),
) -> int:  # fmt: skip
    """Put a message into the inbox of everybody behind `to_keys` (``person:``, ``post:``, ``org:``); returns how many are new.

    A firm or department means its people in post today, with `roles` only those who have one of them. The same `dedupe`
    reaches a person once. `link` must be a path of this site. Urgent messages also go to the phone.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"a message links inside the platform only: {link!r}")
    with scope.system("发送消息"):
        people = identity.people_behind(to_keys, roles)
        rows = [
            Message(
                account_id=account, parties=[f"person:{account}"], to_key=key, title=title[:120], body=body, link=link,
                level=level, dedupe=dedupe[:160] if dedupe else None,
            )
            for account, key in people.items()
        ]  # fmt: skip
        known = (
            set(Message.objects.filter(account__in=people, dedupe=dedupe).values_list("account", flat=True)) if dedupe else set()
        )
        fresh = [row for row in rows if row.account_id not in known]
        Message.objects.bulk_create(fresh, ignore_conflicts=bool(dedupe))
        if level == Message.Level.URGENT:
            _text(fresh, dedupe)
    return len(fresh)


def _text(fresh: list[Message], dedupe: str | None) -> None:
    """Queue an SMS for each of these messages whose person left a phone number."""
    if dedupe:  # rows of an insert that ignores conflicts come back without ids
        owners = [row.account_id for row in fresh]
        fresh = list(Message.objects.filter(account__in=owners, dedupe=dedupe, sms__isnull=True))
    phones = identity.phones([row.account_id for row in fresh])
    due = earliest(timezone.localtime(), _number("quiet_from"), _number("quiet_to"))
    TextMessage.objects.bulk_create(
        [
            TextMessage(message=row, phone=phones[row.account_id], text=sms_text(row.title, row.body), due_at=due)
            for row in fresh
            if phones.get(row.account_id)
        ]
    )


def queue_text(phone: str, title: str, body: str = "") -> TextMessage:
    """Queue an SMS to a phone of somebody without an account, outside the quiet hours. Call it in a system scope."""
    due = earliest(timezone.localtime(), _number("quiet_from"), _number("quiet_to"))
    return TextMessage.objects.create(phone=phone, text=sms_text(title, body), due_at=due)


def send_code(phone: str, text: str, kept: str) -> None:
    """Hand over at once, at any hour, a text that somebody is waiting for (a login or confirmation code).

    Only `kept` is stored, which must not hold the code. Refusal ``messages.sms_refused`` when the operator does not take it.
    """
    now = timezone.now()
    try:
        receipt = provider().send(phone, sms_text(text, ""))
    except SmsRefused as refused:
        raise Refusal("messages.sms_refused", "短信暂时发不出去，请过几分钟再试，或不留手机号直接办理。", "phone") from refused
    with scope.system("发送验证码"):
        TextMessage.objects.create(
            phone=phone, text=sms_text(kept, ""), state=TextMessage.State.SENT, attempts=1, receipt=receipt, due_at=now
        )


def _number(name: str) -> int:
    return int(parameters.value(f"messages.{name}", on=timezone.localdate()).value)


def send_template(
    key: str, to_keys: Iterable[str], *, facts: dict[str, object], link: str = "", dedupe: str | None = None,
    roles: Collection[str] = (),
) -> int:  # fmt: skip
    """Send a text of some module's ``messages.toml``; KeyError for an unknown key or a missing fact."""
    text = texts()[key]
    title, body = text.fill(facts)
    return send(to_keys, title=title, body=body, link=link, level=text.level, dedupe=dedupe, roles=roles)


def do_read(message_id: int) -> Message:
    """The actor's message, marked as read; NotFound for anybody else's."""
    message = Message.objects.filter(pk=message_id, account=scope.current().actor_id).first()
    if message is None:
        raise NotFound("messages.absent", "没有这条消息，可能已被清理。")
    if message.read_at is None:
        message.read_at = timezone.now()
        message.save(update_fields=["read_at"])
    return message


def do_read_all() -> int:
    """Mark all of the actor's messages as read; returns how many were unread."""
    return Message.objects.filter(account=scope.current().actor_id, read_at__isnull=True).update(read_at=timezone.now())


def deliver_texts() -> int:
    """Hand waiting texts to the operator, each tried again with growing waits; returns how many were sent. For the worker."""
    now, sent, most = timezone.now(), 0, _number("sms_attempts")
    waiting = TextMessage.objects.select_for_update(skip_locked=True).filter(state="waiting", due_at__lte=now)[:BATCH]
    for text in waiting:
        text.attempts += 1
        try:
            text.receipt = provider().send(text.phone, text.text)
            text.state, text.error, sent = TextMessage.State.SENT, "", sent + 1
        except SmsRefused as refused:
            text.error, text.due_at = str(refused)[:200], now + backoff(text.attempts)
            if text.attempts >= most:
                text.state = TextMessage.State.FAILED
        text.save(update_fields=["attempts", "receipt", "state", "error", "due_at"])
    return sent
