"""Storing, numbering, issuing and verifying on the real database."""

import io
import os
import threading
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from pypdf import PdfReader

from zhujian.foundation.documents import jobs, numbering, selectors, services, vault
from zhujian.foundation.documents.models import Document, IssuedNumber, StoredFile
from zhujian.foundation.documents.rules import Numbering
from zhujian.foundation.documents.tests.test_rules import pdf, picture
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

WUCHANG, YICHANG, PROVINCE = "420106000000", "420500000000", "420000000000"
FIELDS = {"body": "同意。"}


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def keep(data: bytes, name: str = "图.png", parties=("org:A",), **more) -> StoredFile:
    return services.store(upload(name, data), allowed=["pdf", "png"], region_code=WUCHANG, parties=parties, **more)


@pytest.mark.django_db
def test_equal_content_is_kept_once_and_rows_keep_owners_apart(files) -> None:
    data = picture()
    with scope.system("test"):
        one, two = keep(data), keep(data)
        other = keep(data, parties=["org:B"])
    assert one.pk == two.pk != other.pk
    assert one.sm3 == other.sm3
    assert [p for p in files.rglob("*") if p.is_file()] == [vault.path_of(one.sm3)]
    assert vault.path_of(one.sm3).read_bytes() == data
    assert (one.width, one.height, one.content_type) == (40, 30, "image/png")
    with scope.acting(scope.Scope(kind="enterprise", keys=("org:B",))):
        assert [f.pk for f in StoredFile.objects.all()] == [other.pk]


@pytest.mark.django_db
def test_refused_files_leave_nothing(files) -> None:
    cases = {"documents.empty": ("a.pdf", b""), "documents.name_mismatch": ("a.pdf", picture()),
             "documents.kind_unknown": ("a.pdf", b"MZ...."), "documents.pdf_encrypted": ("a.pdf", pdf(password="x")),
             "documents.kind_not_allowed": ("a.jpg", picture("JPEG"))}  # fmt: skip
    with scope.system("test"):
        for code, (name, data) in cases.items():
            with pytest.raises(Refusal) as refused:
                keep(data, name)
            assert refused.value.code == code
            assert refused.value.reasons[0].field == "file"
        assert not StoredFile.objects.exists()
    assert not [p for p in files.rglob("*") if p.is_file()]


@pytest.mark.django_db
def test_a_file_that_lies_about_its_size_is_cut_off(files) -> None:
    with pytest.raises(Refusal) as refused:
        vault.receive((b"x" * 1000 for _ in range(100)), 5000)
    assert refused.value.code == "documents.too_large"
    assert not [p for p in files.rglob("*") if p.is_file()]


@pytest.mark.django_db
def test_a_full_disk_is_one_clear_sentence(files, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with scope.system("test"), pytest.raises(Refusal, match="存储空间不足"):
        keep(picture())
    assert not [p for p in files.rglob("*") if p.is_file()]


@pytest.mark.django_db
def test_several_files_are_kept_together_or_not_at_all() -> None:
    with scope.system("test"):
        good, bad = upload("a.png", picture()), upload("b.pdf", b"%PDF-x")
        with pytest.raises(Refusal):
            services.receive([good, bad], allowed=["pdf", "png"], region_code=WUCHANG, parties=["org:A"])
        assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_sweep_removes_only_old_content_without_a_row(files) -> None:
    with scope.system("test"):
        kept = keep(picture())
        lonely = files / "ab" / "cd" / ("ab" * 32)
        lonely.parent.mkdir(parents=True)
        lonely.write_bytes(b"x")
        assert jobs.sweep() == 0
        long_ago = time.time() - 30 * 86_400
        for path in (lonely, vault.path_of(kept.sm3)):
            os.utime(path, (long_ago, long_ago))
        assert jobs.sweep() == 1
    assert vault.path_of(kept.sm3).exists()
    assert not lonely.exists()


@pytest.mark.django_db
def test_foundation_17_21_numbers_without_gaps_and_void_numbers_kept() -> None:
    """拟稿 then 撤回 before 签发 takes no number; a voided issued number stays recorded and is not given again."""
    series = Numbering("鄂建文", PROVINCE, 2024)
    with scope.system("test"):
        first = services.issue_number(series, region_code=PROVINCE)
        with pytest.raises(Refusal), transaction.atomic():
            services.issue_number(series, region_code=PROVINCE)
            raise Refusal("test", "撤回")
        second = services.issue_number(series, region_code=PROVINCE)
        assert [first.text, second.text] == ["鄂建文〔2024〕1号", "鄂建文〔2024〕2号"]
        services.void_number("鄂建文", 2024, PROVINCE, 2, reason="印发有误")
        with pytest.raises(Refusal, match="已经作废"):
            services.void_number("鄂建文", 2024, PROVINCE, 2, reason="再次")
        assert services.next_number("鄂建文", 2024, PROVINCE) == 3
        assert numbering.gaps("鄂建文", 2024, PROVINCE) == []
        states = IssuedNumber.objects.filter(kind="鄂建文").order_by("number").values_list("number", "state")
        assert list(states) == [(1, "used"), (2, "void"), (3, "used")]
        assert services.next_number("鄂建文", 2025, PROVINCE) == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_when_many_ask_at_once_and_some_give_up() -> None:
    given: list[int] = []

    def work(give_up: bool) -> None:
        try:
            with transaction.atomic():
                number = services.next_number("并发", 2024, PROVINCE)
                if give_up:
                    raise Refusal("test", "回退")
                given.append(number)
        except Refusal:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(i % 3 == 0,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 9))


def issue(**more) -> Document:
    values = {"region_code": WUCHANG, "parties": ["org:A"], "subject": "test.thing:1", "fields": FIELDS, "title": "测试批复"}
    return services.issue("approval", **{**values, **more})


@pytest.mark.django_db
def test_issue_makes_a_readable_pdf_with_number_and_a_frozen_template() -> None:
    with scope.system("test"):
        one = issue(numbering="武建许")  # the first one of a process reads the fonts
        started = time.process_time()
        two = issue(numbering=Numbering("武建许"), fields={"body": ["第一段。", "第二段。"], "attachments": ["甲", "乙"]})
        assert time.process_time() - started < 1
        assert [one.number[-3:], two.number[-3:]] == ["〕1号", "〕2号"]
        text = PdfReader(vault.open_content(one.file.sm3)).pages[0].extract_text()
        assert "武建许" in text
        assert "同意。" in text
        assert one.template_id == two.template_id
        assert one.template.source.startswith("// 批复")
        assert Document.objects.get(pk=one.pk).fields == FIELDS
        assert [d.pk for d in selectors.documents_of("test.thing:1")] == [two.pk, one.pk]
        with connection.cursor() as cursor:
            cursor.execute("SELECT fields FROM documents_document WHERE id = %s", [one.pk])
            assert "同意" not in cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_refused_issue_takes_no_number() -> None:
    with scope.system("test"):
        with pytest.raises(KeyError), transaction.atomic():
            services.issue("no_such", region_code=WUCHANG, parties=[], subject="s:1", fields={}, title="x", numbering="武建许")
        assert issue(numbering="武建许").number.endswith("〕1号")


@pytest.mark.django_db
def test_void_document_and_public_verification() -> None:
    with scope.system("test"):
        document = issue(numbering="武建许")
        data = vault.open_content(document.file.sm3).read()
    client, url = Client(), f"/documents/verify/{document.token}"
    page = client.get(url).content.decode()
    assert "生效" in page
    assert document.number in page
    assert "一致" in client.post(url, {"file": io.BytesIO(data)}).content.decode()
    assert "不一致" in client.post(url, {"file": io.BytesIO(data + b" ")}).content.decode()
    assert client.post(url).status_code == 422
    assert client.get("/documents/verify/nothing").status_code == 404
    with scope.system("test"):
        services.do_void(document, reason="内容有误")
        with pytest.raises(Refusal, match="已经作废"):
            services.do_void(Document.objects.get(pk=document.pk), reason="再次")
        assert IssuedNumber.objects.get(pk=document.issued_number_id).state == "void"
    page = client.get(url).content.decode()
    assert "已经作废" in page
    assert "内容有误" in page


@pytest.mark.django_db
def test_download_is_decided_by_the_database() -> None:
    mine, strange = testing.make_official(WUCHANG), testing.make_official(YICHANG)
    with scope.system("test"):
        document = issue()
    url = f"/documents/files/{document.file_id}"
    client = Client()
    assert client.get(url, headers={"Accept": "application/json"}).status_code == 403
    testing.login(client, strange)
    assert client.get(url).status_code == 404
    assert client.get(f"/documents/{document.pk}").status_code == 404
    testing.login(client, mine)
    answer = client.get(url)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert client.get(url + "?view=1")["Content-Disposition"].startswith("inline")
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert document.title in client.get(f"/documents/{document.pk}").content.decode()
    vault.path_of(document.file.sm3).unlink()
    assert client.get(url).status_code == 422
