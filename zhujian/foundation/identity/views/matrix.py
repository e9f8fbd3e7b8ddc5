"""The authorisation matrix as an auditor reads it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity.roles import roles
from zhujian.foundation.kernel.access import access, grants
from zhujian.foundation.kernel.registry import modules

ACTIONS = {
    "view": "查看", "list": "列表", "create": "新建", "change": "修改", "delete": "删除", "export": "导出", "import": "导入", "reveal": "查看明文",
    "manage": "管理", "use": "使用", "grant": "授予", "revoke": "撤销", "do": "办理", "control": "中止与恢复", "verify": "核验", "download": "下载",
    "upload": "上传", "replay": "重新投递", "read": "阅读", "issue": "签发", "apply": "申报", "publish": "发布", "submit": "提交", "start": "发起",
    "report": "上报", "decide": "审定", "check": "检查", "ask": "咨询", "watch": "观看", "review": "审查", "retire": "停用", "resume": "恢复",
    "reply": "答复", "register": "登记", "record": "记录", "push": "推送", "open": "打开", "handle": "处置", "answer": "应答", "write": "写入",
    "void": "作废", "version": "出新版本", "urge": "催办", "train": "训练", "suspend": "挂账", "sense": "接入感知数据", "run": "运行", "reverify": "重新核实",
    "respond": "响应", "resend": "重新发送", "request": "申请", "recur": "关联再次发生", "rectify": "整改", "recheck": "复查", "reassign": "改派",
    "prove": "取得证明", "plan": "安排计划", "photo": "查看照片", "patrol": "巡查", "merge": "并入", "judge": "判定", "join": "加入", "hold": "主持",
    "freeze": "冻结", "force_close": "强制结案", "file": "归档", "draft": "起草", "cosign": "联署", "correct": "更正", "cancel": "取消", "assess": "考评",
    "again": "再次办理", "accept": "受理", "convene": "召集协调", "split": "拆分", "staff": "配备人员",
}  # fmt: skip


@dataclass
class Row:
    """What may be done to one resource, and by which roles."""

    module: str
    title: str
    resource: str
    action: str
    note: str
    roles: set[str] = field(default_factory=set)

    @property
    def act(self) -> str:
        """The action in Chinese."""
        return ACTIONS.get(self.action, self.action)


def rows() -> list[Row]:
    """One row per (module, resource, action) with the roles that have it, in the modules' order."""
    order = {mod.code: i for i, mod in enumerate(modules())}
    titles = {mod.code: mod.title for mod in modules()}
    found: dict[tuple[str, str, str], Row] = {}
    for grant in grants():
        key = (grant.module, grant.resource, grant.action)
        row = found.setdefault(key, Row(grant.module, titles[grant.module], grant.resource, grant.action, grant.note))
        row.roles.add(grant.role)
    return [found[key] for key in sorted(found, key=lambda k: (order[k[0]], k[1], k[2]))]


@require_GET
@access("identity.matrix", "view")
def matrix(request: HttpRequest) -> HttpResponse:
    """The modules with their counts; one module as role × resource × action; or all that one role may do."""
    known, every = roles(), rows()
    module, role = request.GET.get("module", ""), request.GET.get("role", "")
    chosen = [
        row for row in every if (role or module) and (not role or role in row.roles) and (not module or row.module == module)
    ]
    columns = [] if role else [item for item in known.values() if any(item.code in row.roles for row in chosen)]
    table: dict[str, list[tuple[Row, list[tuple[str, bool]]]]] = {}
    for row in chosen:
        table.setdefault(row.title, []).append((row, [(item.title, item.code in row.roles) for item in columns]))
    of: dict[str, list[Row]] = {}
    for row in every:
        of.setdefault(row.module, []).append(row)
    counts = [
        (code, part[0].title, len({row.resource for row in part}), len(part), len(set().union(*(row.roles for row in part))))
        for code, part in of.items()
    ]
    return render(request, "identity/matrix.html", {
        "table": table, "columns": columns, "counts": counts, "roles": known.values(), "role": role, "module": module,
    })  # fmt: skip


@require_GET
@access("identity.matrix", "view")
def matrix_csv(request: HttpRequest) -> HttpResponse:
    """The whole of it as a file (UTF-8 with mark, so that spreadsheets read it)."""
    known = roles()
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["模块", "资源", "操作", *(role.title for role in known.values()), "说明"])
    for row in rows():
        marks = ["√" if code in row.roles else "" for code in known]
        sheet.writerow([row.title, row.resource, row.act, *marks, row.note])
    audit.record("identity.matrix_export", target="access.matrix")
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="access-matrix.csv"'
    return answer
