"""Assessing a bridge: a draft with defects by part, then index, grade and what must be done (§8)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import Bridge, BridgeDefect, BridgeInspection, ConditionRecord
from zhujian.boards.urban_rural.municipal_assets.rules import bridges as rules
from zhujian.boards.urban_rural.municipal_assets.selectors import assets
from zhujian.boards.urban_rural.municipal_assets.services import orders
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, choices, decimals, label
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, refuse_if
from zhujian.foundation.messages import services as messages
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

BRIDGE = "municipal_assets.bridge"
GROUPS = {"m": "桥面系", "s": "上部结构", "x": "下部结构"}
FIRST_CLASS = "I"
CODES = {rules.PASS: "pass", rules.FAIL: "fail"}
MEASURES = {
    "E": "立即封闭交通并设置警示，上报主管部门；组织专项检测，加固或拆除重建，复评合格前不得开放。",
    "fail": "立即限制交通并上报主管部门；组织专项检测和维修，复评合格前不得恢复正常通行。",
    "D": "设置限载标志并执行限载；编制大修或加固计划，加密经常性检查。",
    "C": "针对病害安排中修或专项维修。",
    "B": "针对病害安排小修。",
    "A": "日常保养。",
    "pass": "日常保养，按病害安排维修。",
}


def layout(
    bridge: Bridge, spans: int, absent: list[str], values: Values
) -> tuple[dict[str, dict[str, list[str]]], dict[str, str]]:
    """(group → place → parts, support → pier or abutment) of a bridge with `spans` spans: abutments ``0#`` and ``n#``, piers between."""
    kind = bridge.kind
    span = [part for part in values("bridge_span_weights")[kind] if part not in absent]
    supports = {f"{n}#": "abutment" if n in (0, spans) else "pier" for n in range(spans + 1)}
    sets = {"pier": values("bridge_pier_weights"), "abutment": values("bridge_abutment_weights")}
    present = {
        "m": {"": [part for part in values("bridge_deck_weights")[kind] if part not in absent]},
        "s": {str(n): span for n in range(1, spans + 1)},
        "x": {place: [part for part in sets[what] if part not in absent] for place, what in supports.items()},
    }
    return present, supports


def parts_of(bridge: Bridge, values: Values) -> list[str]:
    """Every part that a bridge of this kind can have."""
    lists = (
        values("bridge_deck_weights")[bridge.kind], values("bridge_span_weights")[bridge.kind], values("bridge_pier_weights"),
        values("bridge_abutment_weights"),
    )  # fmt: skip
    return list(dict.fromkeys(part for one in lists for part in one))


@transaction.atomic
def do_start(
    bridge_id: int, *, inspected_on: date, kind: str, org_name: str, inspector: str, spans: int, absent: list[str]
) -> BridgeInspection:
    """Begin an assessment; one draft per bridge."""
    bridge = Bridge.objects.filter(pk=bridge_id).first()
    if bridge is None:
        raise NotFound("bridge.not_found", "没有找到这座桥，可能不在您的管辖范围内。")
    reasons = []
    if inspected_on > timezone.localdate():
        reasons.append(Reason("bridge.date", "检查日期不能晚于今天。", "inspected_on"))
    if not 1 <= spans <= 200:
        reasons.append(Reason("bridge.spans", "孔数应在 1～200 之间。", "spans"))
    refuse_if(reasons)
    try:
        with transaction.atomic():
            return BridgeInspection.objects.create(
                bridge=bridge, inspected_on=inspected_on, kind=kind, org_name=org_name.strip(), inspector=inspector.strip(), spans=spans,
                absent=absent, region_code=bridge.region_code, parties=bridge.parties, created_by=scope.current().actor_id,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict("bridge.draft", "这座桥已有一份正在填报的评估，请先完成。") from None


def _draft(inspection_id: int) -> BridgeInspection:
    found = BridgeInspection.objects.select_for_update(of=("self",)).select_related("bridge").filter(pk=inspection_id).first()
    if found is None:
        raise NotFound("bridge.inspection", "没有找到这份桥梁评估，可能不在您的管辖范围内。")
    if found.state != "draft":
        raise Conflict("bridge.final", "这份评估已经评定，不能再修改；如有变化请新建评估。")
    return found


def check_defect(found: BridgeInspection, group: str, place: str, part: str, critical: str) -> list[Reason]:
    """Reasons against a defect: the bridge has no such part there."""
    values = Values(found.inspected_on, found.region_code)
    present, _ = layout(found.bridge, found.spans, found.absent, values)
    reasons = []
    if place not in present.get(group, {}):
        hint = {
            "m": "桥面系不分孔，位置留空。",
            "s": f"上部结构填孔号 1～{found.spans}。",
            "x": f"下部结构填墩台号 0#～{found.spans}#。",
        }
        reasons.append(Reason("bridge.place", hint.get(group, "请选择部位。"), "place"))
    elif part not in present[group][place]:
        names = "、".join(label("bridge_part", one) for one in present[group][place])
        reasons.append(Reason("bridge.part", f"该位置的构件只有：{names}。", "part"))
    if critical and critical not in dict(choices("bridge_critical", found.inspected_on)):
        reasons.append(Reason("bridge.critical", "请从列表中选择严重病害。", "critical"))
    return reasons


@transaction.atomic
def do_add_defect(
    inspection_id: int,
    *,
    group: str,
    place: str,
    part: str,
    points: Decimal,
    description: str,
    critical: str = "",
    photo: File | None = None,
) -> BridgeDefect:
    """Add a defect to a draft."""
    found = _draft(inspection_id)
    refuse_if(check_defect(found, group, place, part, critical))
    stored = (
        documents.store(photo, allowed=("jpeg", "png"), region_code=found.region_code, parties=found.parties) if photo else None
    )
    return BridgeDefect.objects.create(
        inspection=found, group=group, place=place, part=part, points=points, description=description.strip(), critical=critical, photo=stored,
        region_code=found.region_code, parties=found.parties, created_by=scope.current().actor_id,
    )  # fmt: skip


@transaction.atomic
def do_remove_defect(inspection_id: int, defect_id: int) -> None:
    """Take a defect out of a draft."""
    BridgeDefect.objects.filter(inspection=_draft(inspection_id), pk=defect_id).delete()


def assess(found: BridgeInspection, values: Values) -> tuple[rules.Assessment, rules.Verdict]:
    """Index and verdict of an assessment as it stands, by the parameters of the day of inspection."""
    kind = found.bridge.kind
    present, supports = layout(found.bridge, found.spans, found.absent, values)
    points: dict[tuple[str, str, str], list[Decimal]] = {}
    criticals: list[rules.Critical] = []
    for defect in found.defects.all():
        points.setdefault((defect.group, defect.place, defect.part), []).append(defect.points)
        if defect.critical:
            name = label("bridge_critical", defect.critical)
            criticals.append(rules.Critical(defect.critical, name, defect.critical.rpartition("_")[2]))
    tables = {
        "m": {"": decimals(values("bridge_deck_weights")[kind])}, "s": {"": decimals(values("bridge_span_weights")[kind])},
        "x": {"pier": decimals(values("bridge_pier_weights")), "abutment": decimals(values("bridge_abutment_weights"))},
    }  # fmt: skip
    made = rules.assess(
        present, points, curve=decimals(values("bridge_mdp")), group_weights=decimals(values("bridge_group_weights")[kind]),
        part_weights=tables, support_kind=supports,
    )  # fmt: skip
    if found.bridge.maintenance_kind == FIRST_CLASS:
        named = {place_name(*key): score for key, score in made.parts.items()}
        least = Decimal(str(values("bridge_first_class_least")))
        return made, rules.verdict_first_class(named, least, criticals, {})
    cuts = [(Decimal(str(at)), str(grade)) for at, grade in values("bridge_grades")]
    return made, rules.verdict(made.bci if made.bci is not None else Decimal(100), cuts, criticals)


def place_name(group: str, place: str, part: str) -> str:
    """A part in a place, as people say it: ``2#墩身``."""
    where = f"第{place}孔" if group == "s" else place
    return f"{where}{label('bridge_part', part)}"


def _two(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@transaction.atomic
def do_finish(inspection_id: int) -> BridgeInspection:
    """Fix index and grade, write them to the bridge, and start what the grade demands: E is closed at once, D is load-limited."""
    found = _draft(inspection_id)
    values = Values(found.inspected_on, found.region_code)
    made, verdict = assess(found, values)
    grade, computed = (CODES.get(one, one) for one in (verdict.grade, verdict.computed))
    found.bci_m, found.bci_s, found.bci_x, found.bci = (_two(v) for v in (*(made.groups[g] for g in rules.GROUPS), made.bci))
    found.grade, found.computed_grade, found.reason = grade, computed, verdict.reason[:300]
    found.condition = int(values("bridge_scale")[grade])
    found.scores = {"/".join(key): str(_two(score)) for key, score in made.parts.items()}
    found.measures, found.measures_due = MEASURES[grade], _measures_due(grade, values)
    found.parameters, found.state, found.finished_at = values.versions, "final", timezone.now()
    found.version += 1
    found.save()
    _to_bridge(found, values)
    subject = f"municipal_assets.bridge_inspection:{found.pk}"
    payload: dict[str, Any] = {
        "bridge": found.bridge_id, "bci": str(found.bci), "grade": grade, "computed": computed, "reason": found.reason, "on": str(found.inspected_on),
    }  # fmt: skip
    events.publish("bridge.assessed", subject=subject, region_code=found.region_code, parties=found.parties, payload=payload)
    evidence.record(
        "bridge.assessed", object_id=subject, region_code=found.region_code, parties=found.parties,
        payload={**payload, "scores": found.scores, "parameters": values.versions},
    )  # fmt: skip
    if grade in ("D", "E", "fail"):
        _act(found, grade)
    return found


def _measures_due(grade: str, values: Values) -> Any:
    now = timezone.now()
    if grade in ("E", "fail"):
        return now + timedelta(hours=int(values("bridge_close_hours")))
    if grade == "D":
        limit = worktime.Limit(int(values("bridge_limit_days")), values.unit("bridge_limit_days"))
        return worktime.deadline(now, limit, calendars.calendar(values.region))
    return None


def _to_bridge(found: BridgeInspection, values: Values) -> None:
    """The latest assessment is the bridge's condition; an older one entered later is only kept."""
    name = label("bci_grade", found.grade)
    about = assets.about(BRIDGE, found.bridge_id)
    ConditionRecord.objects.create(
        **about.columns, index="BCI", value=found.bci or 0, grade=found.grade, condition=found.condition, measured_on=found.inspected_on,
        measured_by=found.org_name, standard="CJJ 99-2017", parameters=values.versions, detail={"inspection": found.pk},
    )  # fmt: skip
    bridge = Bridge.objects.select_for_update().get(pk=found.bridge_id)
    if bridge.condition_on is not None and bridge.condition_on > found.inspected_on:
        return
    bridge.bci, bridge.bci_grade, bridge.condition, bridge.condition_on = (
        found.bci,
        found.grade,
        found.condition,
        found.inspected_on,
    )
    bridge.condition_original = f"CJJ 99-2017 BCI {found.bci} {name}"[:120]
    bridge.version += 1
    bridge.save()


def _act(found: BridgeInspection, grade: str) -> None:
    """Dangerous and failed bridges: an order to close or limit, an event, and word to the office in charge."""
    closing = grade != "D"
    text = f"桥梁评定为{label('bci_grade', grade)}。{MEASURES[grade]}"
    orders.do_report(BRIDGE, found.bridge_id, kind="structure", text=text, urgent=closing, source="bridge", source_id=found.pk)
    payload = {"grade": grade, "inspection": found.pk, "due": found.measures_due.isoformat() if found.measures_due else ""}
    events.publish(
        "bridge.dangerous" if closing else "bridge.limited", subject=f"{BRIDGE}:{found.bridge_id}", region_code=found.region_code,
        parties=found.parties, payload=payload,
    )  # fmt: skip
    from zhujian.foundation.identity import selectors as identity

    office = identity.organisation_for("HUD", found.region_code)
    if office is not None:
        messages.send(
            [f"org:{office.code}"], title=f"{found.bridge.name or found.bridge.code}评定为{label('bci_grade', grade)}", body=text,
            link=f"/municipal-assets/bridges/inspections/{found.pk}/", level="urgent" if closing else "warn", dedupe=f"bridge:{found.pk}",
            roles=("supervisor", "approver"),
        )  # fmt: skip
