"""Pages of documents, certificates, evidence and audit in a real browser, on a desk and on a phone."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import transaction

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.audit import services as audit
from zhujian.foundation.certificates import services as certificates
from zhujian.foundation.documents import services as documents
from zhujian.foundation.documents import vault
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import crypto, scope

pytestmark = pytest.mark.browser
WUCHANG = "420106000000"
SURFACE = {
    "developer": "湖北楚天房地产开发有限公司", "project_name": "楚天花园一期1号～6号住宅楼", "address": "武汉市武昌区中北路",
    "scale": "86,432.15平方米", "contractor": "湖北建工集团有限公司", "contractor_lead": "王大力",
}  # fmt: skip


@pytest.fixture
def acts(live, tmp_path, monkeypatch):
    """A permit and an approval as an outsider meets them."""
    monkeypatch.setattr(vault, "root", lambda: tmp_path / "files")
    bureau = SimpleNamespace(name="武汉市武昌区住房和城乡建设局", code="11420000MB0X000012")
    common = {"region_code": WUCHANG, "parties": ["org:A"], "subject": "test.project:1"}
    with transaction.atomic(), scope.system("测试数据"):
        permit = certificates.issue(
            "construction_permit", holder=certificates.Holder("湖北楚天房地产开发有限公司", "USCC", "91420106MA4K2B7T5G"), issuer=bureau,
            cert_no="420106202406010101", surface=SURFACE, valid_from=date(2024, 6, 1), valid_to=None, **common,
        )  # fmt: skip
        approval = documents.issue(
            "approval", title="关于楚天花园一期工程施工许可的批复", fields={"body": ["同意。"]}, numbering="武昌建许", issuer=bureau,
            addressee="湖北楚天房地产开发有限公司", **common,
        )  # fmt: skip
        for name in ("宜昌市住房和城乡建设局", "湖北省政务管理办公室"):
            private, public = crypto.sm2_generate()
            evidence.register_witness(name, public)
        evidence.seal()
        audit.record("identity.login", target="wang", result="wrong", left=3)
        audit.seal()
    return SimpleNamespace(permit=permit, approval=approval)


def test_outsider_verifies_a_certificate_and_a_document_on_a_phone(new_page, acts, tmp_path) -> None:
    page = new_page(PHONE)
    page.goto(f"/certificates/verify/{acts.permit.identifier}")
    page.get_by_text("证照真实有效").wait_for()
    assert "王大力" not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe.check(page)
    picture(page, "certificate-verify-phone", full=True)
    page.fill("#identifier", acts.permit.identifier[:-1] + ("0" if acts.permit.identifier[-1] != "0" else "1"))
    page.get_by_role("button", name="核验").click()
    page.get_by_text("校验位不符").wait_for()
    page.goto(f"/documents/verify/{acts.approval.token}")
    page.get_by_text("目前有效").wait_for()
    file = tmp_path / "批复.pdf"
    file.write_bytes(vault.open_content(acts.approval.file.sm3).read())
    page.set_input_files("#verify-file", str(file))
    page.get_by_role("button", name="比对").click()
    page.get_by_text("完全一致").wait_for()
    axe.check(page)
    picture(page, "document-verify-phone", full=True)


def test_supervisor_sees_document_evidence_and_proof(new_page, acts) -> None:
    page = new_page(account=make_official(WUCHANG, roles=("supervisor",), name="周督查"))
    page.goto(f"/documents/{acts.approval.pk}")
    axe.check(page)
    picture(page, "document")
    page.goto("/evidence/")
    page.get_by_role("cell", name="证照颁发").wait_for()
    axe.check(page)
    picture(page, "evidence-list")
    page.locator("tbody a").last.click()
    page.get_by_text("已入账本").wait_for()
    axe.check(page)
    picture(page, "evidence-entry", full=True)
    with page.expect_download() as found:
        page.get_by_role("link", name="下载存证证明").click()
    assert found.value.suggested_filename.startswith("evidence-")
    page.goto("/evidence/heads")
    page.get_by_text("宜昌市住房和城乡建设局").wait_for()
    axe.check(page)
    picture(page, "evidence-heads")


def test_auditor_reads_the_log_and_checks_the_chain(new_page, acts) -> None:
    page = new_page(account=make_official(WUCHANG, roles=("auditor",), name="钱审计"))
    page.goto("/audit/?act=identity.login")
    page.get_by_role("cell", name="identity.login").first.wait_for()
    axe.check(page)
    picture(page, "audit-list")
    page.get_by_role("button", name="核查审计链").click()
    page.get_by_text("审计链核查通过").wait_for()
    page.locator("tbody a").last.click()
    page.get_by_text("记录全文").wait_for()
    axe.check(page)
    picture(page, "audit-record")
