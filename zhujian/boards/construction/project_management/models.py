"""Tables of an engineering project's life: the project, its buildings, firms, steps, materials, permits, timers.

Every row carries the project's region and the parties that may see it; `services.sharing` keeps the parties of a project's
rows equal. Code lists (`invest_type`, `nature` …) are parameters ``project_management.<field>``.
"""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes

MONEY = {"max_digits": 15, "decimal_places": 4, "null": True, "blank": True}
AREA = {"max_digits": 14, "decimal_places": 2, "null": True, "blank": True}


class Project(ScopedModel):
    """工程建设项目. One row for life, from 赋码 to 灭失; key is the 24-character national project code."""

    class Status(models.TextChoices):
        """Where the project stands in its life; which state may follow which is `rules.next_states`."""

        DRAFT = "draft", "策划"
        APPROVAL = "approval", "审批中"
        BUILDING = "building", "在建"
        SUSPENDED = "suspended", "停工"
        ACCEPTED = "accepted", "已竣工"
        IN_USE = "in_use", "使用中"
        DEMOLITION = "demolition", "拆除中"
        EXTINCT = "extinct", "灭失"
        WITHDRAWN = "withdrawn", "终止"

    code = models.CharField("项目代码", max_length=24, unique=True)
    name = models.CharField("项目名称", max_length=200)
    platform_number = models.CharField("平台项目编号", max_length=16, blank=True, default="")
    provincial_number = models.CharField("省级项目编号", max_length=30, blank=True, default="")
    type_code = models.CharField("审批类型", max_length=2)
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.APPROVAL)
    stage = models.CharField("当前阶段", max_length=2, default="P1")
    category = models.CharField("项目类别", max_length=2, default="01")
    invest_type = models.CharField("投资类型", max_length=8)
    object_kind = models.CharField("工程对象", max_length=12)
    approval_mode = models.CharField("立项方式", max_length=16)
    land_mode = models.CharField("用地方式", max_length=24)
    nature = models.CharField("建设性质", max_length=12)
    usage = models.CharField("工程用途", max_length=8, blank=True, default="")
    eia_class = models.CharField("环评类别", max_length=16)
    is_residential = models.BooleanField("住宅工程", default=False)
    is_presale = models.BooleanField("拟预售", default=False)
    has_civil_defence = models.BooleanField("含人防工程", default=False)
    fire_special = models.BooleanField("特殊建设工程（消防）", default=False)
    ultra_limit = models.BooleanField("超限高层", default=False)
    low_risk = models.BooleanField("小型低风险", default=False)
    conditions = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="其他判定事项")
    gfa_m2 = models.DecimalField("总建筑面积（㎡）", **AREA)
    land_area_m2 = models.DecimalField("用地面积（㎡）", **AREA)
    length_m = models.DecimalField("线路长度（m）", **AREA)
    height_m = models.DecimalField("建筑高度（m）", max_digits=7, decimal_places=2, null=True, blank=True)
    floors_above = models.PositiveSmallIntegerField("地上层数", null=True, blank=True)
    floors_below = models.PositiveSmallIntegerField("地下层数", null=True, blank=True)
    total_investment_wan = models.DecimalField("总投资（万元）", **MONEY)
    contract_wan = models.DecimalField("合同价（万元）", **MONEY)
    approval_number = models.CharField("立项文号", max_length=60, blank=True, default="")
    approval_level = models.CharField("立项级别", max_length=4, blank=True, default="")
    land_plan_number = models.CharField("用地规划许可证号", max_length=60, blank=True, default="")
    works_plan_number = models.CharField("工程规划许可证号", max_length=60, blank=True, default="")
    scale = models.CharField("建设规模", max_length=500, blank=True, default="")
    address = models.CharField("建设地点", max_length=200, blank=True, default="")
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    developer_code = models.CharField("建设单位代码", max_length=18)
    developer_name = models.CharField("建设单位", max_length=120)
    planned_start = models.DateField("计划开工", null=True, blank=True)
    planned_end = models.DateField("计划竣工", null=True, blank=True)
    started_on = models.DateField("实际开工", null=True, blank=True)
    accepted_on = models.DateField("竣工验收日期", null=True, blank=True)
    extinct_on = models.DateField("灭失日期", null=True, blank=True)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name="关联原项目")
    process_id = models.BigIntegerField("流程实例", null=True, editable=False)
    facts = models.JSONField("流程要素", default=dict, editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "工程建设项目"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["status", "-id"]),
            models.Index(fields=["stage", "-id"]),
            models.Index(fields=["developer_code"]),
            *sort_indexes("project", "code"),
            *sort_indexes("project", "total_investment_wan", nullable=True),
            *sort_indexes("project", "created_at"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """Key under which evidence, documents, events and certificates are filed."""
        return f"project_management.project:{self.pk}"

    @property
    def project_code(self) -> str:
        """The code under the name the steps' forms use."""
        return self.code

    @property
    def fire_route(self) -> str:
        """消防验收 or 备案抽查, as the process decided."""
        return str(self.facts.get("fire_route", ""))

    @property
    def readonly(self) -> bool:
        """Extinct and withdrawn projects stay readable and accept nothing."""
        return self.status in {self.Status.EXTINCT, self.Status.WITHDRAWN}


class OfProject(ScopedModel):
    """A row that belongs to a project and shares its region and parties."""

    project = models.ForeignKey(Project, models.PROTECT, verbose_name="项目")

    class Meta(ScopedModel.Meta):
        abstract = True


class Building(OfProject):
    """单体. One building or structure of a project; retired, never deleted."""

    class Status(models.TextChoices):
        """Life of a building."""

        PLANNED = "planned", "规划"
        BUILDING = "building", "在建"
        BUILT = "built", "已建成"
        EXTINCT = "extinct", "灭失"

    code = models.CharField("单体编码", max_length=40, unique=True)
    name = models.CharField("单体名称", max_length=100)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.PLANNED)
    structure = models.CharField("结构类型", max_length=8, blank=True, default="")
    floors_above = models.PositiveSmallIntegerField("地上层数", null=True, blank=True)
    floors_below = models.PositiveSmallIntegerField("地下层数", null=True, blank=True)
    height_m = models.DecimalField("建筑高度（m）", max_digits=7, decimal_places=2, null=True, blank=True)
    gfa_m2 = models.DecimalField("建筑面积（㎡）", **AREA)
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    extinct_on = models.DateField("灭失日期", null=True, blank=True)

    class Meta(OfProject.Meta):
        verbose_name = "单体工程"

    def __str__(self) -> str:
        return self.name


class Participation(OfProject):
    """A firm's part in a project from a date to a date. Roles: DEV CON SUB SUP SUR DES LAB PMC …"""

    role = models.CharField("参建角色", max_length=4)
    org_code = models.CharField("统一社会信用代码", max_length=18)
    org_name = models.CharField("单位名称", max_length=120)
    manager_name = models.CharField("项目负责人", max_length=60, blank=True, default="")
    certificate_no = models.CharField("负责人证书编号", max_length=40, blank=True, default="")
    valid_from = models.DateField("进场日期")
    valid_to = models.DateField("退场日期", null=True, blank=True)

    class Meta(OfProject.Meta):
        verbose_name = "参建单位"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "role", "org_code"], condition=models.Q(valid_to__isnull=True), name="participation_once"
            )
        ]

    def __str__(self) -> str:
        return self.org_name


class StageApplication(OfProject):
    """The one application form of a stage (一张表单): common fields, filled once, read by every step of the stage."""

    stage = models.CharField("阶段", max_length=2)
    form = models.JSONField("申报表", default=dict)
    submitted_at = models.DateTimeField("提交时间", null=True)
    applicant_name = models.CharField("申报人", max_length=60, blank=True, default="")

    class Meta(OfProject.Meta):
        verbose_name = "阶段申报表"
        constraints = [models.UniqueConstraint(fields=["project", "stage"], name="stage_application_once")]


class StepRecord(OfProject):
    """What one step of the life cycle came to: its form, its result, its papers. One row per step and round."""

    class Status(models.TextChoices):
        """Where a step stands."""

        WORKING = "working", "办理中"
        SUPPLEMENT = "supplement", "待补正"
        PASSED = "passed", "通过"
        REJECTED = "rejected", "不予许可"
        PROMISED = "promised", "告知承诺"
        RECORDED = "recorded", "已登记"
        WITHDRAWN = "withdrawn", "已撤回"
        NOT_NEEDED = "not_needed", "不需要办理"

    step = models.CharField("步骤", max_length=3)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.WORKING)
    form = models.JSONField("登记内容", default=dict)
    applied_at = models.DateTimeField("申请时间", null=True)
    accepted_at = models.DateTimeField("受理时间", null=True)
    supplemented_at = models.DateTimeField("补正告知时间", null=True)
    decided_at = models.DateTimeField("办结时间", null=True)
    decided_by = models.CharField("办结人", max_length=60, blank=True, default="")
    decided_org = models.CharField("办理单位", max_length=120, blank=True, default="")
    opinion = models.TextField("意见", blank=True, default="")
    document_id = models.BigIntegerField("文书", null=True)
    certificate_id = models.BigIntegerField("证照", null=True)

    class Meta(OfProject.Meta):
        verbose_name = "办理步骤"
        constraints = [models.UniqueConstraint(fields=["project", "step", "round"], name="step_round_once")]


class Material(OfProject):
    """A file handed in for a step; the bytes are stored once by hash in `documents`."""

    step = models.CharField("步骤", max_length=3)
    code = models.CharField("材料编码", max_length=16)
    title = models.CharField("材料名称", max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="文件")
    filename = models.CharField("文件名", max_length=200)
    uploaded_name = models.CharField("上传人", max_length=60, blank=True, default="")
    replaced = models.BooleanField("已被替换", default=False)

    class Meta(OfProject.Meta):
        verbose_name = "申报材料"
        indexes = [*OfProject.Meta.indexes, models.Index(fields=["project", "step"])]


class Permit(OfProject):
    """建筑工程施工许可证. Several per project when issued in phases; the number is 18 digits (+ phase suffix)."""

    class Status(models.TextChoices):
        """State of a permit as the electronic certificate rules name it."""

        VALID = "valid", "有效"
        SUSPENDED = "suspended", "中止"
        CANCELLED = "cancelled", "注销"
        REVOKED = "revoked", "撤销"
        LAPSED = "lapsed", "废止"

    number = models.CharField("施工许可证编号", max_length=20, unique=True)
    phase = models.CharField("分阶段", max_length=2, blank=True, default="")
    issued_on = models.DateField("发证日期")
    start_deadline = models.DateField("最迟开工日期")
    extensions = models.PositiveSmallIntegerField("已延期次数", default=0)
    started_on = models.DateField("开工日期", null=True, blank=True)
    stopped_on = models.DateField("中止日期", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.VALID)
    contract_wan = models.DecimalField("合同价（万元）", **MONEY)
    gfa_m2 = models.DecimalField("建筑面积（㎡）", **AREA)
    contractor_name = models.CharField("施工单位", max_length=120, blank=True, default="")
    certificate_id = models.BigIntegerField("电子证照", null=True)

    class Meta(OfProject.Meta):
        verbose_name = "施工许可证"
        indexes = [
            *OfProject.Meta.indexes,
            models.Index(fields=["status", "start_deadline"]),
            *sort_indexes("permit", "start_deadline"),
            *sort_indexes("permit", "issued_on"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """Key under which requests about the permit run."""
        return f"project_management.permit:{self.pk}"


class PermitAct(OfProject):
    """Something done to a permit: extension, change, suspension, resumption, revocation, lapse. Never changed."""

    append_only = True

    class Kind(models.TextChoices):
        """What was done."""

        EXTEND = "extend", "延期开工"
        CHANGE = "change", "变更"
        SUSPEND = "suspend", "中止施工"
        REPORT = "report", "报告中止施工"
        REVERIFY = "reverify", "核验"
        RESUME = "resume", "恢复施工"
        REVOKE = "revoke", "撤销"
        CANCEL = "cancel", "注销"
        LAPSE = "lapse", "自行废止"

    permit = models.ForeignKey(Permit, models.PROTECT, verbose_name="施工许可证")
    kind = models.CharField("事项", max_length=12, choices=Kind.choices)
    on = models.DateField("日期")
    reason = models.TextField("理由")
    before = models.JSONField("变更前", default=dict)
    after = models.JSONField("变更后", default=dict)
    actor_name = models.CharField("办理人", max_length=60, blank=True, default="")

    class Meta(OfProject.Meta):
        verbose_name = "许可证办理记录"

    NAMES = {
        "start_deadline": "最迟开工", "months": "延期月数", "contractor_name": "施工单位", "contract_wan": "合同价（万元）", "gfa_m2": "建筑面积（㎡）",
        "report_due": "报告期限", "reported_on": "报告日期", "reverified_on": "核验日期", "stopped_on": "中止日期",
    }  # fmt: skip

    @property
    def change_text(self) -> str:
        """What changed, in words."""
        parts = []
        for key, value in self.after.items():
            if key in self.NAMES:
                old = self.before.get(key)
                parts.append(f"{self.NAMES[key]}：{old} → {value}" if old else f"{self.NAMES[key]}：{value}")
        return "；".join(parts) or "—"


class Timer(OfProject):
    """A date by which something must have happened (or until which a warranty runs), with its clause."""

    class Kind(models.TextChoices):
        """Duty to act, or a period that simply runs."""

        DUTY = "duty", "办理期限"
        WARRANTY = "warranty", "保修期"

    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    code = models.CharField("事项编码", max_length=32)
    title = models.CharField("事项", max_length=100)
    starts_on = models.DateField("起算日")
    due_on = models.DateField("截止日", null=True)
    basis = models.CharField("依据", max_length=300, blank=True, default="")
    parameter_version = models.BigIntegerField("参数版本", null=True)
    done_on = models.DateField("完成日期", null=True, blank=True)
    warned = models.BooleanField("已提醒", default=False)

    class Meta(OfProject.Meta):
        verbose_name = "期限"
        constraints = [models.UniqueConstraint(fields=["project", "code", "starts_on"], name="timer_once")]
        indexes = [
            *OfProject.Meta.indexes,
            *sort_indexes("timer", "due_on", nullable=True),
            models.Index(fields=["due_on"], condition=models.Q(done_on__isnull=True), name="timer_open"),
        ]
