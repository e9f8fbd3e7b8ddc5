"""The authorisation matrix as an auditor reads it."""

from __future__ import annotations

import csv
import io

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
}  # fmt: skip


def rows() -> list[dict[str, object]]:
    """One row per (module, resource, action) with the roles that have it, in the modules' order."""
    order = {mod.code: i for i, mod in enumerate(modules())}
    titles = {mod.code: mod.title for mod in modules()}
    found: dict[tuple[str, str, str], dict[str, object]] = {}
    for grant in grants():
        row = found.setdefault(
            (grant.module, grant.resource, grant.action),
            {"module": grant.module, "title": titles[grant.module], "resource": grant.resource, "action": grant.action,
             "roles": set(), "note": grant.note},
        )  # fmt: skip
        row["roles"].add(grant.role)  # type: ignore[attr-defined]
    return [found[key] for key in sorted(found, key=lambda k: (order[k[0]], k[1], k[2]))]


@require_GET
@access("identity.matrix", "view")
def matrix(request: HttpRequest) -> HttpResponse:
    """Role × resource × action on one page, by module."""
    known = roles()
    wanted = request.GET.get("role", "")
    table: dict[str, list[dict[str, object]]] = {}
    for row in rows():
        if wanted and wanted not in row["roles"]:  # type: ignore[operator]
            continue
        row["act"] = ACTIONS.get(str(row["action"]), row["action"])
        row["marks"] = [(role.title, role.code in row["roles"]) for role in known.values()]  # type: ignore[operator]
        table.setdefault(str(row["title"]), []).append(row)
    return render(request, "identity/matrix.html", {"table": table, "roles": known.values(), "role": wanted})


@require_GET
@access("identity.matrix", "view")
def matrix_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file (UTF-8 with mark, so that spreadsheets read it)."""
    known = roles()
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["模块", "资源", "操作", *(role.title for role in known.values()), "说明"])
    for row in rows():
        marks = ["√" if code in row["roles"] else "" for code in known]  # type: ignore[operator]
        sheet.writerow([row["title"], row["resource"], ACTIONS.get(str(row["action"]), row["action"]), *marks, row["note"]])
    audit.record("identity.matrix_export", target="access.matrix")
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="access-matrix.csv"'
    return answer
