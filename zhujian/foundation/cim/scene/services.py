"""Saving and removing views."""

from __future__ import annotations

from typing import Any

from zhujian.foundation.cim.models import Viewpoint
from zhujian.foundation.cim.scene import rules
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal, refuse_if

MOST = 200  # saved views per person


def save_viewpoint(name: str, view: Any, *, shared: bool = False, roles: tuple[str, ...] = ()) -> Viewpoint:
    """Save a view for the current person; `shared` lets the organisation see it, `roles` narrows that to its people with such a role.

    Refusals: ``scene.name``, ``scene.view``, ``scene.share`` (no organisation), ``scene.many``.
    """
    who = scope.current()
    name = " ".join(name.split())
    cleaned, reasons = rules.view_of(view)
    if not 1 <= len(name) <= 60:
        reasons.append(Reason("scene.name", "名称：请填写1至60个字。", "name"))
    organisations = [key for key in who.keys if key.startswith("org:")]
    if shared and not organisations:
        reasons.append(Reason("scene.share", "共享：您没有所属单位，只能保存为自己的视角。", "shared"))
    refuse_if(reasons)
    if Viewpoint.objects.filter(owner_id=who.actor_id)[:MOST].count() >= MOST:
        raise Refusal("scene.many", f"最多保存{MOST}个视角，请先删除不用的。")
    parties = [f"person:{who.actor_id}", *(organisations if shared else [])]
    return Viewpoint.objects.create(
        name=name, owner_id=who.actor_id or 0, parties=parties, roles=sorted(set(roles)) if shared else [], view=cleaned
    )


def remove_viewpoint(pk: int) -> None:
    """Remove one's own view; NotFound for any other."""
    done, _ = Viewpoint.objects.filter(pk=pk, owner_id=scope.current().actor_id).delete()
    if not done:
        raise NotFound("scene.viewpoint", "没有找到这个视角，只能删除自己保存的。")


__all__ = ["remove_viewpoint", "save_viewpoint"]
