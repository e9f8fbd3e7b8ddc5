"""What a step of the life cycle is: plain values read from ``p1.toml`` … ``p7.toml`` and changed by a city's profile."""

from __future__ import annotations

from dataclasses import dataclass, field

STAGES: dict[str, str] = {
    "P1": "立项用地规划许可", "P2": "工程建设许可", "P3": "施工许可", "P4": "施工", "P5": "竣工验收", "P6": "交付及管理", "P7": "灭失",
}  # fmt: skip
STAGE_OF_LETTER = {"A": "P1", "B": "P2", "C": "P3", "D": "P4", "E": "P5", "F": "P6", "G": "P7"}
APPLICATION_STAGES = ("P1", "P2", "P3", "P5")  # the four stages of the reform, each begun with one application form
PROJECT_TYPES = {
    "T1": "政府投资房屋建筑", "T2": "政府投资市政线性工程", "T3": "社会投资核准（备案）类", "T4": "社会投资小型低风险",
    "T5": "带方案出让用地", "T6": "既有建筑改扩建、装饰装修",
}  # fmt: skip
KINDS = {"approval": "审批", "record": "登记", "instant": "即时办结", "loop": "循环办理", "gate": "关口"}
AUTHORITIES = {
    "GOV": "市县人民政府", "DRC": "发展改革部门", "NRP": "自然资源和规划部门", "EEB": "生态环境部门", "HUD": "住房和城乡建设部门",
    "QSS": "质量安全监督机构", "CAD": "人防部门", "WRB": "水行政部门", "HRS": "人力资源社会保障部门", "UMB": "城市管理部门",
    "UCA": "城建档案馆", "RED": "房产与不动产登记机构", "PTC": "公共资源交易中心", "UTL": "市政公用服务单位", "CHK": "施工图审查机构",
}  # fmt: skip
PARTIES = {
    "DEV": "建设单位", "CON": "施工总承包单位", "SUP": "监理单位", "DES": "设计单位", "SUR": "勘察单位", "OWN": "业主",
    "PMC": "物业服务企业", "LAB": "检测机构",
}  # fmt: skip
FIELD_TYPES = frozenset({"text", "number", "money", "area", "date", "choice", "bool", "org", "person"})
OUTPUT_KINDS = frozenset({"certificate", "document", "record"})
# Attributes of a project that may pre-fill a field as ``project.<name>``; the module's model carries each of them.
PROJECT_ATTRIBUTES = frozenset(
    {
        "name", "project_code", "address", "developer_name", "developer_code", "approval_mode", "land_mode", "usage", "scale",
        "gfa_m2", "land_area_m2", "height_m", "floors_above", "floors_below", "total_investment_wan", "planned_start",
        "planned_end", "eia_class", "is_residential", "fire_route",
    }
)  # fmt: skip
OUTPUT_FIELDS = {"output_number": "text", "output_date": "date"}  # every earlier step offers these two for pre-filling


@dataclass(frozen=True)
class Field:
    """One field of a step's form.

    `options` is the key of a code list or the values themselves; `choices`: its (value, label) pairs; `fact`: the process fact it sets;
    `past`: a date on which something has happened, so never after today.
    """

    key: str
    label: str
    type: str
    unit: str = ""
    required: bool = True
    prefill: str = ""
    help: str = ""
    options: str | tuple[str, ...] = ()
    fact: str = ""
    past: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Material:
    """One item of the materials list.

    `source`: steps whose output already is this material (any of them), or ``("certificate",)`` for an electronic
    certificate: then nothing is asked from the applicant. `when`: the case in which an optional item is needed. `task`: the
    node of the step's process at which it is handed in, when it does not exist earlier.
    """

    code: str
    title: str
    required: bool = True
    when: str = ""
    source: tuple[str, ...] = ()
    task: str = ""

    def due_at(self, node: str) -> bool:
        """Whether it can be handed in at this node of the step's process."""
        return not self.task or self.task == node

    @property
    def to_upload(self) -> bool:
        """Whether the applicant has to hand it in."""
        return not self.source


@dataclass(frozen=True)
class Output:
    """What a step leaves: a certificate, a numbered document or a record.

    `template` is a key of ``documents.services.issue``; `number` a pattern of ``{…}`` parts.
    """

    kind: str
    title: str
    template: str
    number: str
    certificate: str = ""
    validity: str = ""


@dataclass(frozen=True)
class Step:
    """One of the 71 steps as it is done in one city."""

    id: str
    title: str
    stage: str
    kind: str
    authority: str
    applicant: str
    condition: str
    output: Output
    materials: tuple[Material, ...]
    fields: tuple[Field, ...]
    event: str
    clauses: tuple[str, ...]
    authority_level: str = ""
    joint: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    confirmer: str = ""
    limit: str = ""
    shadow_limit: str = ""
    limit_variants: tuple[tuple[str, str], ...] = ()
    on_clock: bool = True
    mandatory: bool = False
    deferrable: bool = False
    promise_allowed: bool = False
    promised: bool = False
    enabled: bool = True
    merge_into: str = ""
    at_least: int = 0  # entries a loop must hold before it can be closed
    depends: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    owner: str = ""
    merged: tuple[str, ...] = field(default=())

    @property
    def by_party(self) -> bool:
        """Whether a party, not a department, confirms it."""
        return self.confirmer in PARTIES

    @property
    def official_applicant(self) -> bool:
        """Whether a department or government itself enters it (no enterprise applies)."""
        return self.applicant not in PARTIES

    def field(self, key: str) -> Field:
        """Form field `key`; KeyError when there is none."""
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(f"step {self.id} has no field {key!r}")


@dataclass(frozen=True)
class Profile:
    """How a city does the steps. `stage_days`: promised working days by project type and stage; all [C], configurable."""

    region: str
    title: str
    cap_days: int
    basis: str
    confidence: str
    stage_days: dict[str, dict[str, int]]
    differences: tuple[str, ...] = ()

    def days(self, project_type: str, stage: str) -> int | None:
        """Promised working days of a stage; None for stages outside the approval time."""
        return self.stage_days.get(project_type, {}).get(stage)
