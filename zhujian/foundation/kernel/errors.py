"""Refusals: the platform's one way to say no.

A refusal has a stable code (for programs), a Chinese sentence that says what is wrong and how to mend it (for people) and,
where it concerns one input, the field. Services raise it before anything is saved; pages and APIs turn it into HTTP 4xx.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason of a refusal: `code` like ``project.code.format``, Chinese `message`, input `field` or None."""

    code: str
    message: str
    field: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """The reason as it stands in a problem document."""
        return {"code": self.code, "message": self.message, "field": self.field}


class Refusal(Exception):
    """A coded refusal with one or more reasons; `status` is the HTTP status it becomes."""

    status = 422

    def __init__(
        self,
        code: str = "",
        message: str = "",
        field: str | None = None,
        *,
        reasons: Iterable[Reason] = (),
        link: tuple[str, str] = ("", ""),
    ) -> None:
        self.link = link  # (address inside the platform, what one does there), when there is a way out
        self.reasons: tuple[Reason, ...] = tuple(reasons) or (Reason(code, message, field),)
        super().__init__("；".join(r.message for r in self.reasons))

    @property
    def code(self) -> str:
        """Code of the first reason."""
        return self.reasons[0].code

    @property
    def message(self) -> str:
        """All sentences, joined by a Chinese semicolon."""
        return str(self)


class NotAllowed(Refusal):
    """The actor may not do this (HTTP 403)."""

    status = 403


class NotFound(Refusal):
    """Nothing visible to the actor is there (HTTP 404); says the same for hidden and absent things."""

    status = 404


class Conflict(Refusal):
    """Somebody was faster, or the object has moved on (HTTP 409)."""

    status = 409


def refuse_if(reasons: Iterable[Reason]) -> None:
    """Raise one `Refusal` with all reasons, or return when there is none."""
    found = tuple(reasons)
    if found:
        raise Refusal(reasons=found)
