"""Leave to take underground data away: applications, the gate before exports and interfaces, the ledger (§20c, foundation.md §13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import ReleaseEntry, ReleaseGrant
from zhujian.boards.urban_rural.municipal_assets.rules import releasing as rules
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, choices, label
from zhujian.foundation.documents import services as documents
from zhujian.foundation.documents.services import Numbering
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Reason, refuse_if
from zhujian.foundation.messages import services as messages
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.releasing import Outflow, Stamp
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow import services as workflow

PROCESS = "asset_release"
REGISTERS = ("pipe_line", "pipe_point", "gallery")
APPLY = "/municipal-assets/releases/new/"
EQUAL_AREA = 6933  # EPSG: areas in true size
SLACK_DEGREES = 1 / 111_320  # one metre of latitude


def limits(region_code: str) -> rules.Limits:
    """What the region allows today."""
    values = Values(timezone.localdate(), region_code)
    return rules.Limits(
        values.number("release_free_km2"),
        int(values("release_free_rows")),
        values.number("release_most_km2"),
        int(values("release_most_days")),
    )


def area_of(shape: GEOSGeometry) -> float:
    """Area in km² of a shape in degrees."""
    return float(shape.transform(EQUAL_AREA, clone=True).area) / 1e6


def check_apply(*, purpose: str, area: Polygon, start: date, end: date, region_code: str) -> list[Reason]:
    """Reasons against an application."""
    return rules.application_reasons(
        area_km2=area_of(area), start=start, end=end, today=timezone.localdate(), purpose=purpose, limits=limits(region_code)
    )


@transaction.atomic
def do_apply(
    *, purpose: str, recipient: str, registers: list[str], area: Polygon, start: date, end: date, precision: str, region_code: str
) -> ReleaseGrant:
    """Ask for leave; the application goes to the region's housing department."""
    refuse_if(check_apply(purpose=purpose, area=area, start=start, end=end, region_code=region_code))
    who = scope.current()
    parties = [key for key in who.keys if key.startswith(("person:", "org:"))]
    grant = ReleaseGrant.objects.create(
        number=_number("GXSP", region_code), applicant=who.actor_id, applicant_name=who.actor_name, org_name=who.org_name or who.actor_name,
        purpose=purpose.strip()[:400], recipient=recipient.strip()[:120], registers=registers, area=area, area_km2=round(area_of(area), 4),
        valid_from=start, valid_to=end, precision=precision, region_code=region_code, parties=parties, created_by=who.actor_id,
    )  # fmt: skip
    _tell("release.applied", grant, {"purpose": grant.purpose, "area_km2": str(grant.area_km2), "registers": registers})
    workflow.start(
        PROCESS,
        subject=grant.subject,
        region_code=region_code,
        parties=parties,
        title=f"{grant.org_name}申请使用地下管线资料 {grant.number}"[:200],
    )
    return grant


def grant_of(key: str) -> ReleaseGrant:
    """The application a subject key names."""
    found = ReleaseGrant.objects.filter(pk=int(key.rpartition(":")[2])).first()
    if found is None:
        raise NotFound("release.not_found", "没有找到这份申请，可能不在您的管辖范围内。")
    return found


class ReleaseHandler(ProcessHandler):
    """保密审查 and 批准: two people, neither of them the applicant; the approver decides how exact and until when."""

    key = PROCESS

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """Who decides, and what a decision needs."""
        grant = grant_of(task.subject)
        found = rules.decider_reasons(
            scope.current().actor_id, grant.applicant, grant.reviewer if task.node == "approve" else None
        )
        if outcome == "reject" and not str(data.get("comment") or "").strip():
            found.append(Reason("release.comment", "请在“办理意见”中写明不同意的理由。", "comment"))
        if task.node == "approve" and outcome == "pass":
            end = data.get("valid_to")
            if not end:
                found.append(Reason("release.days", "请填写截止日期。", "valid_to"))
            elif end < timezone.localdate() or end > grant.valid_to:
                found.append(Reason("release.days", f"截止日期应在今天到申请的 {grant.valid_to} 之间。", "valid_to"))
            if data.get("precision") not in dict(choices("release_precision", timezone.localdate())):
                found.append(Reason("release.precision", "请选择提供精度。", "precision"))
        return found

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Keep who decided and what."""
        grant = ReleaseGrant.objects.select_for_update().get(pk=grant_of(task.subject).pk)
        who = scope.current()
        names = ["opinion"]
        grant.opinion = str(data.get("comment") or "")[:400]
        if task.node == "review":
            grant.reviewer, grant.reviewer_name = who.actor_id, who.actor_name
            names += ["reviewer", "reviewer_name"]
        elif outcome == "pass":
            grant.approver_name, grant.precision, grant.valid_to = who.actor_name, data["precision"], data["valid_to"]
            names += ["approver_name", "precision", "valid_to"]
        else:
            grant.approver_name = who.actor_name
            names.append("approver_name")
        grant.save_version(grant.version, fields=names)
        return {}

    def finished(self, instance: Any) -> None:
        """Approved or refused; the applicant is told."""
        grant = ReleaseGrant.objects.select_for_update().get(pk=grant_of(instance.subject).pk)
        grant.state = "approved" if instance.result == "pass" else "refused"
        grant.decided_at = timezone.now()
        grant.save_version(grant.version, fields=["state", "decided_at"])
        _tell(
            f"release.{grant.state}",
            grant,
            {"precision": grant.precision, "until": str(grant.valid_to), "by": grant.approver_name},
        )
        word = f"已批准，有效期到 {grant.valid_to}" if grant.state == "approved" else f"未获批准：{grant.opinion}"
        messages.send(
            [f"person:{grant.applicant}"], title=f"管线资料申请 {grant.number} {word}"[:120], link=f"/municipal-assets/releases/{grant.pk}/",
            dedupe=f"release:{grant.pk}",
        )  # fmt: skip


def gate(out: Outflow) -> Stamp | None:
    """What stands before the underground registers: without leave only a small place, coarsened; every taking is kept and marked.

    Refusal ``release.needed`` (with the way to the application) for everything else.
    """
    if out.way != "tiles" and not out.rows:
        return None
    who = scope.current()
    region = who.region_code or "420000000000"
    found = None if who.actor_id is None else _leave(out)
    limit = limits(region)
    if found is None:
        taken = _taken_today()
        if who.actor_id is None or not rules.free(out.area_km2, out.rows, taken, limit):
            raise NotAllowed("release.needed", _words(out, taken, limit), link=(_address(out), "申请使用管线资料"))
    return _note(out, found, region)


def _leave(out: Outflow) -> ReleaseGrant | None:
    """An approved leave of the actor that covers the outflow, the most exact first."""
    today = timezone.localdate()
    rows = ReleaseGrant.objects.filter(
        applicant=scope.current().actor_id,
        state="approved",
        valid_from__lte=today,
        valid_to__gte=today,
        registers__contains=[out.resource.name],
    )
    margin = Values(today, scope.current().region_code or "420000000000").number("release_margin_m") * SLACK_DEGREES
    wanted = _polygon(out.box)
    fitting = [row for row in rows if wanted is None or row.area.buffer(margin).covers(wanted)]
    places = Values(today, "420000000000")("release_places")
    return max(fitting, key=lambda row: places[row.precision], default=None)


def _taken_today() -> int:
    rows = ReleaseEntry.objects.filter(account=scope.current().actor_id, day=timezone.localdate(), grant=None)
    return int(rows.aggregate(total=Sum("rows"))["total"] or 0)


def _words(out: Outflow, taken: int, limit: rules.Limits) -> str:
    why = (
        f"本次范围约 {out.area_km2:.2f} 平方公里，超过 {limit.free_km2:g} 平方公里"
        if out.area_km2 > limit.free_km2
        else f"今天已领取 {taken} 条，加上本次 {out.rows} 条超过每天 {limit.free_rows} 条"
    )
    return f"{out.resource.title}属于涉密的地下管线资料，带走须经审批：{why}。在地图和页面上查看不受影响；确需使用请先申请，批准后再导出。申请地址：{APPLY}"


def _address(out: Outflow) -> str:
    given = {"registers": out.resource.name}
    if out.box:
        given["area"] = ",".join(f"{value:.6f}" for value in out.box)
    return f"{APPLY}?{urlencode(given)}"


def _note(out: Outflow, grant: ReleaseGrant | None, region: str) -> Stamp:
    """Enter the taking into the ledger and make its mark. Tiles of one leave and day are one entry."""
    who, today = scope.current(), timezone.localdate()
    values = Values(today, region)
    precision = grant.precision if grant else str(values("release_free_precision"))
    places = int(values("release_places")[precision])
    known = None
    if out.way == "tiles":
        known = ReleaseEntry.objects.filter(
            account=who.actor_id, day=today, way="tiles", register=out.resource.name, grant=grant
        ).first()
    entry = known or ReleaseEntry.objects.create(
        grant=grant, number=_number("GXLQ", region), register=out.resource.name, way=out.way, form=out.form[:12], rows=out.rows,
        box=_polygon(out.box), area_km2=round(out.area_km2, 4), precision=precision,
        account=who.actor_id, account_name=who.actor_name, org_name=who.org_name, day=today,
        region_code=grant.region_code if grant else region, parties=[f"person:{who.actor_id}"], created_by=who.actor_id,
    )  # fmt: skip
    if known is None:
        facts = {
            "number": entry.number,
            "grant": grant.number if grant else "",
            "rows": out.rows,
            "way": out.way,
            "register": out.resource.name,
        }
        subject = grant.subject if grant else f"municipal_assets.release_entry:{entry.pk}"
        evidence.record("release.taken", object_id=subject, region_code=entry.region_code, parties=entry.parties, payload=facts)
    leave = f"审批 {grant.number}，有效期到 {grant.valid_to}" if grant else "未经审批的小范围"
    mark = f"涉密地下管线资料，不得转让或公开。{who.org_name or ''}{who.actor_name} {today:%Y-%m-%d} 领取 {entry.number}；{leave}；精度：{label('release_precision', precision)}。"
    return Stamp(mark, entry.number, places)


def _polygon(box: tuple[float, float, float, float] | None) -> Polygon | None:
    """A box as an area, also where it is only a line or a point."""
    if box is None:
        return None
    west, south, east, north = box
    made = Polygon.from_bbox((west - SLACK_DEGREES, south - SLACK_DEGREES, east + SLACK_DEGREES, north + SLACK_DEGREES))
    made.srid = 4490
    return made


def _number(series: str, region_code: str) -> str:
    home = region_code[:6] + "000000"
    return documents.issue_number(
        Numbering(series, home, timezone.localdate().year, pattern=series + "{region}{year}{number:05d}"), region_code=home
    ).text


def _tell(name: str, grant: ReleaseGrant, payload: dict[str, Any]) -> None:
    facts = {"number": grant.number, **payload}
    events.publish(name, subject=grant.subject, region_code=grant.region_code, parties=grant.parties, payload=facts)
    evidence.record(name, object_id=grant.subject, region_code=grant.region_code, parties=grant.parties, payload=facts)


def titles(names: list[str]) -> str:
    """Titles of the registers, joined."""
    return "、".join(registry.get(f"municipal_assets.{name}").title for name in names)
