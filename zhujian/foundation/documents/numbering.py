"""Numbers without gaps: given at issue, inside the caller's transaction, on a locked counter row."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.documents.models import IssuedNumber
from zhujian.foundation.documents.rules import Numbering, number_text
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal

# One statement takes or makes the counter row and locks it until the caller commits or rolls back. A rolled-back document
# gives its number back because the counter's new value was never seen by anybody else: that is why there is no gap.
TAKE = """
INSERT INTO documents_numberseries (kind, year, region_code, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (kind, year, region_code) DO UPDATE SET last = documents_numberseries.last + 1 RETURNING last
"""


def allocate(numbering: Numbering, *, region_code: str = "") -> IssuedNumber:
    """Give the next number of a series and register it. Call late: others of the same series wait until you commit."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number belongs to the transaction of the document that bears it")
    region = numbering.region_code or region_code
    year = numbering.year or timezone.localdate().year
    with scope.system("编号"), connection.cursor() as cursor:
        cursor.execute(TAKE, [numbering.kind, year, region])
        number = cursor.fetchone()[0]
        text = number_text(numbering.pattern, kind=numbering.kind, year=year, number=number, region_code=region)
        return IssuedNumber.objects.create(
            kind=numbering.kind, year=year, region_code=region, number=number, text=text, given_by=scope.current().actor_name
        )


def next_number(kind: str, year: int, region_code: str) -> int:
    """The next number of the series (kind, year, region), from 1, without gaps."""
    return allocate(Numbering(kind, region_code, year, pattern="{kind}/{region}/{year}/{number}")).number


@transaction.atomic
def void_number(kind: str, year: int, region_code: str, number: int, *, reason: str) -> IssuedNumber:
    """Record an issued number as 作废; it is never given again."""
    if not reason.strip():
        raise Refusal("documents.void_reason", "请填写作废原因。", "reason")
    with scope.system("编号作废"):
        series = IssuedNumber.objects.select_for_update().filter(kind=kind, year=year, region_code=region_code)
        found = series.filter(number=number).first()
        if found is None:
            raise Refusal("documents.number_unknown", "没有发出过这个编号，请核对。", "number")
        if found.state == IssuedNumber.State.VOID:
            raise Conflict("documents.number_void", "这个编号已经作废。")
        found.state, found.void_reason = IssuedNumber.State.VOID, reason.strip()[:200]
        found.save(update_fields=["state", "void_reason"])
    return found


def gaps(kind: str, year: int, region_code: str) -> list[int]:
    """Numbers missing from the register between 1 and the counter: always empty unless somebody tampered."""
    with scope.system("编号核查"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM documents_numberseries s, generate_series(1, s.last) n "
            "WHERE s.kind = %s AND s.year = %s AND s.region_code = %s AND NOT EXISTS (SELECT 1 FROM documents_issuednumber i "
            "WHERE i.kind = s.kind AND i.year = s.year AND i.region_code = s.region_code AND i.number = n) ORDER BY n",
            [kind, year, region_code],
        )
        return [row[0] for row in cursor.fetchall()]
