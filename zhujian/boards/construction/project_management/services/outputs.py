"""What a decided step leaves behind: its number, document or certificate, event and evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.forms import fields as shown
from zhujian.boards.construction.project_management.models import Material, Participation, Permit, Project, StepRecord
from zhujian.boards.construction.project_management.rules import papers
from zhujian.boards.construction.project_management.services import opinions
from zhujian.boards.construction.project_management.services.facts import span
from zhujian.foundation.certificates import services as certificates
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.certificates.rules import State
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel.codes import permit_number
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

# Fields of a step's form that its event carries: which buildings, and when it really happened.
TOLD = ("buildings", "building_code", "extinct_on", "delivered_on", "accepted_on")
SEQUENCE = re.compile(r"{seq(\d?)}")


def short_name(region_code: str) -> str:
    """机关代字 prefix of a place: 鄂 for the province (a parameter), 武 for a city, 武昌 for a county."""
    prefix = region_prefix(region_code)
    if len(prefix) == 2:
        return str(parameters.value("project_management.province_short", on=timezone.localdate(), region=region_code).value)
    name = re.sub(r"(土家族苗族自治州|自治州|自治县|林区|市|区|县)$", "", regions.name(prefix[:6].ljust(12, "0")) or "")
    return name[:1] if len(prefix) == 4 else name[:2]


def number_for(project: Project, step: steps.Step, on: date, office_region: str, extra: dict[str, str]) -> str:
    """The written number of a step's output, from its pattern; gap-free per pattern, year and place (or per project)."""
    pattern = step.output.number
    values = {
        "short": short_name(office_region), "region6": office_region[:6], "year": str(on.year), "date8": f"{on:%Y%m%d}",
        "project_code": project.code, **extra,
    }  # fmt: skip
    if not SEQUENCE.search(pattern):
        return pattern.format(**values)
    stem = SEQUENCE.sub("#", pattern)
    own = "{project_code}" in pattern
    kind = stem.replace("{project_code}", project.code) if own else stem.replace("{date8}", f"{on:%Y%m%d}")
    serial = documents.next_number(kind, on.year, office_region)
    filled = SEQUENCE.sub(lambda found: str(serial).zfill(int(found.group(1) or 1)), pattern)
    return filled.format(**values)


def construction_permit_number(region_code: str, on: date, specialty: str) -> str:
    """施工许可证编号: 18 digits, serial of the day per issuing region (construction.md §1.7)."""
    serial = documents.next_number(f"construction_permit:{on:%Y%m%d}", on.year, region_code[:6].ljust(12, "0"))
    return permit_number(region_code, on, serial, specialty)


def deliver(project: Project, record: StepRecord, *, office_code: str, on: date | None = None) -> None:
    """Issue what the step's declaration says and tell the others.

    Called once per decided step, inside the transaction of the decision. Refusal when nobody is there to issue a certificate.
    """
    step = steps.step(record.step, project.region_code)
    day = on or timezone.localdate()
    office = identity.organisation(office_code) if office_code else None
    office_region = office.region_code if office else project.region_code
    earlier = earlier_certificate(project, record)
    number = record.form.get("permit_number") or (earlier.cert_no if earlier else "")
    number = number or number_for(project, step, day, office_region, {"specialty": record.form.get("specialty", "")})
    common = {"region_code": project.region_code, "parties": project.parties, "subject": project.subject}
    if step.output.kind == "certificate":
        if office is None:
            text = f"本地还没有登记{steps.AUTHORITIES[step.authority]}，不能核发《{step.output.title}》。请系统管理员先登记办理部门。"
            raise Refusal("office.missing", text)
        if earlier is not None:  # done anew: the number stays, the certificate gets a new edition
            record.certificate_id = certificates.change(earlier, surface=surface_of(project, record, step)).pk
        else:
            record.certificate_id = _certificate(project, record, step, number, office, day, common)
    elif step.output.kind == "document":
        document = documents.issue(
            step.output.template, title=step.output.title, number=number, issuer=office or confirming_firm(project, step), issued_on=day,
            addressee=project.developer_name, fields=contents(project, record, step), **common,
        )  # fmt: skip
        record.document_id = document.pk
    record.form = {**record.form, "output_number": number, "output_date": day.isoformat()}
    record.save()
    payload = {
        "projectCode": project.code, "name": project.name, "type": project.type_code, "developer": project.developer_code,
        "developerName": project.developer_name, "step": step.id, "number": number, "occurredAt": timezone.now().isoformat(),
        "document": record.document_id, "certificate": record.certificate_id, "round": record.round, "version": record.version,
        "consumers": list(step.consumers), "owner": step.owner, "told": {key: record.form[key] for key in TOLD if record.form.get(key)},
    }  # fmt: skip
    if step.event:
        events.publish(
            step.event, subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload
        )
    events.publish(
        "step.finished", subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload
    )
    evidence.record(
        f"step.{step.id}", object_id=project.subject, region_code=project.region_code, parties=project.parties,
        payload={"step": step.id, "number": number, "result": record.status, "form": record.form, "opinion": record.opinion},
    )  # fmt: skip


def earlier_certificate(project: Project, record: StepRecord) -> Certificate | None:
    """The certificate an earlier round of the step gave, when it is still good; permits of phases stand on their own."""
    if record.step == "C07":
        return None
    rounds = StepRecord.objects.filter(project=project, step=record.step, certificate_id__isnull=False).exclude(pk=record.pk)
    pk = rounds.order_by("-round").values_list("certificate_id", flat=True).first()
    return Certificate.objects.filter(pk=pk, state=State.VALID).first() if pk else None


WORDS = {"receipt": papers.filed, "signed_report": papers.report, "public_notice": papers.announcement}


def contents(project: Project, record: StepRecord, step: steps.Step) -> dict[str, Any]:
    """What a step's document says: facts, conclusion, clauses, opinions of other departments, room to sign."""
    words = WORDS.get(step.output.template.rpartition("/")[2], papers.reply)
    found: dict[str, Any] = {
        "rows": [
            ["项目名称", project.name], ["项目代码", project.code], ["建设单位", project.developer_name],
            *([label, text] for label, text in shown.shown(step.fields, record.form)),
        ],
        "body": words(matter_of(step, project), opinion=record.opinion), "clauses": list(step.clauses),
    }  # fmt: skip
    if joint := opinions.given(project, step):
        found["joint"] = joint
    if step.signers:
        found["signatures"] = signatures(project, step.signers)
    if step.id == "G04":
        found["remedy"] = remedy_text(project, timezone.localdate())
    return found


def signatures(project: Project, roles: Sequence[str]) -> list[list[str]]:
    """Responsible parties with the firm and the person in charge, as far as they are known."""
    firms = {f.role: f for f in Participation.objects.filter(project=project, valid_to__isnull=True).order_by("id")}
    found = []
    for role in roles:
        firm = firms.get(role)
        found.append([f"{steps.PARTIES[role]}{f'：{firm.org_name}' if firm else ''}", firm.manager_name if firm else ""])
    return found


@dataclass(frozen=True)
class Firm:
    """A firm that issues a paper of its own, e.g. the 开工令 of the supervision firm."""

    name: str
    code: str


def confirming_firm(project: Project, step: steps.Step) -> Firm:
    """The firm that confirms a step no department confirms; the developer when nobody holds that part yet."""
    found = Participation.objects.filter(project=project, role=step.confirmer, valid_to__isnull=True).order_by("id").first()
    return Firm(found.org_name, found.org_code) if found else Firm(project.developer_name, project.developer_code)


def matter_of(step: steps.Step, project: Project) -> papers.Matter:
    """What a paper is about."""
    return papers.Matter(step.title, project.name, project.code, tuple(step.clauses))


def notice(kind: str, project: Project, record: StepRecord, body: list[str], *, office_code: str) -> int:
    """Issue a paper to the applicant (受理通知书、补正告知书、不予受理、不予许可决定书); returns its id."""
    step = steps.step(record.step, project.region_code)
    office = identity.organisation(office_code) if office_code else None
    region = office.region_code if office else project.region_code
    short = short_name(region)
    document = documents.issue(
        "project_management/notice_paper", region_code=project.region_code, parties=project.parties, subject=project.subject,
        title=papers.TITLES[kind], issuer=office, addressee=project.developer_name,
        numbering=documents.Numbering(f"{short}{NOTICE[kind]}", region),
        fields={
            "body": body, "rows": [["申请事项", f"{step.id} {step.title}"], ["项目名称", project.name], ["项目代码", project.code]],
            "materials": list(Material.objects.filter(project=project, step=step.id, replaced=False).values_list("title", flat=True)),
        },
    )  # fmt: skip
    return document.pk


NOTICE = {"accepted": "受字", "supplement": "补字", "not_accepted": "不受字", "refused": "不许字"}


def remedy_text(project: Project, on: date) -> str:
    """How to seek review of a decision, with the periods in force."""
    return papers.remedy(review=span("review_period", on, project.region_code), suit=span("suit_period", on, project.region_code))


def _certificate(
    project: Project, record: StepRecord, step: steps.Step, number: str, office: Any, on: date, common: dict[str, Any]
) -> int:
    holder = {"name": project.developer_name, "id_type": "USCC", "id_no": project.developer_code}
    until = None
    if step.output.validity:
        until = span(step.output.validity, on, project.region_code).after(on)
    issued = certificates.issue(
        step.output.certificate, holder=holder, issuer=office, cert_no=number, surface=surface_of(project, record, step), valid_from=on,
        valid_to=until, issue_date=on, **common,
    )  # fmt: skip
    return issued.pk


def surface_of(project: Project, record: StepRecord, step: steps.Step) -> dict[str, Any]:
    """照面信息 by the certificate type's fields: from the step's form, else from the project and its firms."""
    firms = {f.role: f for f in Participation.objects.filter(project=project, valid_to__isnull=True).order_by("id")}

    def firm(role: str) -> str:
        return firms[role].org_name if role in firms else ""

    def lead(role: str) -> str:
        return firms[role].manager_name if role in firms else ""

    area = record.form.get("area") or project.gfa_m2
    known: dict[str, Any] = {
        "developer": project.developer_name, "project_name": project.name, "project_code": project.code,
        "address": project.address or regions.full_name(project.region_code), "scale": project.scale or (f"{area}㎡" if area else "见附件"),
        "contract_price": f"{project.contract_wan}万元" if project.contract_wan else "", "planned_start": record.form.get("period_start"),
        "planned_finish": record.form.get("period_end"), "surveyor": firm("SUR"), "designer": firm("DES"), "contractor": firm("CON"),
        "contractor_lead": lead("CON"), "supervisor": firm("SUP"), "supervisor_lead": lead("SUP"), "permit_no": _permit_number(project),
        "remark": record.opinion,
    }  # fmt: skip
    labels = {field.key: field for field in step.fields}
    surface = {}
    for field in certificates.certificate_type(step.output.certificate).fields:
        value = known.get(field.key)
        if value in (None, "") and field.key in record.form:
            declared = labels.get(field.key)
            stored = record.form[field.key]
            value = shown.split_org(stored)[0] if declared and declared.type == "org" else stored
        if value not in (None, ""):
            surface[field.key] = str(value)
    return surface


def _permit_number(project: Project) -> str:
    return Permit.objects.filter(project=project).order_by("id").values_list("number", flat=True).first() or ""
