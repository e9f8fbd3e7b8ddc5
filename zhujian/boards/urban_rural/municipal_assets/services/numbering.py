"""Giving component codes: gap-free per class and county, under concurrency, and in step with codes that imports bring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection, models

from zhujian.boards.urban_rural.municipal_assets.models import CodeSequence
from zhujian.boards.urban_rural.municipal_assets.selectors.covers import classes_of_kinds
from zhujian.foundation.classification import rules, selectors
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.scope import region_prefix


def is_county(region_code: str) -> bool:
    """Whether a region is a county or below one: codes are counted by county."""
    return len(region_code) == 12 and len(region_prefix(region_code)) >= 6


def next_codes(region_code: str, class_code: str, count: int = 1) -> list[str]:
    """The next `count` component codes of a class in the county of `region_code`.

    The counter's row is locked until the caller's transaction ends: a rolled back registration gives its number back.
    Refusals: ``code.class`` (not in the scheme), ``code.county`` (a region above counties), ``code.used_up``.
    """
    county = region_code[:6]
    if not is_county(region_code):
        raise Refusal("code.county", "标识码按县（市、区）编号，请把行政区划选到县级或以下。", "region_code")
    scheme = selectors.scheme()
    if class_code not in selectors.component_codes(region_code):
        raise Refusal("code.class", f"分类 {class_code or '（空）'} 不在现行分类标准中，请选择部件小类。", "class_code")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO municipal_assets_codesequence (scheme, county, class_code, last) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (scheme, county, class_code) DO UPDATE SET last = municipal_assets_codesequence.last + %s RETURNING last",
            [scheme.code, county, class_code, count, count],
        )
        last = int(cursor.fetchone()[0])
    if last > rules.serial_most(scheme.segments):
        raise Refusal("code.used_up", f"本县 {class_code} 类的顺序号已用完，请联系参数管理员。", "class_code")
    return [rules.component_code(scheme.segments, county, class_code, number) for number in range(last - count + 1, last + 1)]


def keep_in_step(given: Iterable[str]) -> None:
    """Raise the counters to the highest sequence number that registered codes use, so that none is given twice."""
    scheme = selectors.scheme()
    highest: dict[tuple[str, str], int] = defaultdict(int)
    for code in given:
        if parts := rules.parse_component(code, scheme.segments):
            key = parts.county, parts.class_code
            highest[key] = max(highest[key], parts.serial)
    with connection.cursor() as cursor:
        for (county, class_code), last in sorted(highest.items()):
            cursor.execute(
                "INSERT INTO municipal_assets_codesequence (scheme, county, class_code, last) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (scheme, county, class_code) DO UPDATE SET last = greatest(municipal_assets_codesequence.last, excluded.last)",
                [scheme.code, county, class_code, last],
            )


class Block:
    """Codes for a bulk load in one county: taken from memory, kept at the end. Locks each class's counter when first used."""

    def __init__(self, region_code: str) -> None:
        self.scheme = selectors.scheme()
        self.county = region_code[:6]
        self.last: dict[str, int] = {}

    def next(self, class_code: str) -> str:
        """The next code of a class."""
        if class_code not in self.last:
            row, _ = CodeSequence.objects.get_or_create(scheme=self.scheme.code, county=self.county, class_code=class_code)
            self.last[class_code] = CodeSequence.objects.select_for_update().get(pk=row.pk).last
        self.last[class_code] += 1
        return rules.component_code(self.scheme.segments, self.county, class_code, self.last[class_code])

    def keep(self) -> None:
        """Write the counters back."""
        for class_code, last in self.last.items():
            CodeSequence.objects.filter(scheme=self.scheme.code, county=self.county, class_code=class_code).update(last=last)


def component_reasons(code: str, region_code: str, class_code: str = "") -> list[Reason]:
    """What is wrong with a typed or imported component code, by the scheme in force."""
    return selectors.check_component(code, region_code, class_code=class_code)


def give_classes(records: list[models.Model]) -> None:
    """Give covers without a component class the class of their kind, where the code list knows one."""
    bare = [record for record in records if not record.class_code]  # type: ignore[attr-defined]
    if not bare:
        return
    known = classes_of_kinds()
    for record in bare:
        record.class_code = known.get(record.kind, "")  # type: ignore[attr-defined]
    for class_code in {record.class_code for record in bare} - {""}:  # type: ignore[attr-defined]
        keys = [record.pk for record in bare if record.class_code == class_code]  # type: ignore[attr-defined]
        type(bare[0])._default_manager.filter(pk__in=keys).update(class_code=class_code)


def give_codes(model: type[models.Model], records: list[models.Model], *, prefix: str, coded: bool) -> None:
    """Give every stored record without a code its own, in one statement; component codes that were typed raise the counters.

    Components (`coded`) of a known class get 16 digits; everything else ``prefix`` (or its pipe kind) + county + six digits.
    """
    if coded:
        keep_in_step(record.code for record in records if record.code)  # type: ignore[attr-defined]
    bare: dict[tuple[str, str], list[models.Model]] = defaultdict(list)
    for record in records:
        if record.code:  # type: ignore[attr-defined]
            continue
        class_code = record.class_code if coded else ""  # type: ignore[attr-defined]
        bare[record.region_code, class_code or f"#{prefix or getattr(record, 'kind', '')}"].append(record)  # type: ignore[attr-defined]
    keys, given = [], []
    for (region, group), rows in sorted(bare.items()):
        made = module_codes(region, group[1:], len(rows)) if group.startswith("#") else next_codes(region, group, len(rows))
        for record, code in zip(rows, made, strict=True):
            record.code = code  # type: ignore[attr-defined]
            keys.append(record.pk)
            given.append(code)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{model._meta.db_table}" t SET code = g.code FROM unnest(%s::bigint[], %s::text[]) AS g(id, code) WHERE t.id = g.id',  # noqa: S608
                [keys, given],
            )


def module_codes(region_code: str, prefix: str, count: int) -> list[str]:
    """Codes of the module's own for what GB/T 30428.2 does not code: prefix, county, six digits; gap-free as component codes are."""
    county = region_code[:6]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO municipal_assets_codesequence (scheme, county, class_code, last) VALUES ('module', %s, %s, %s) "
            "ON CONFLICT (scheme, county, class_code) DO UPDATE SET last = municipal_assets_codesequence.last + %s RETURNING last",
            [county, prefix, count, count],
        )
        last = int(cursor.fetchone()[0])
    return [f"{prefix}{county}{number:06d}" for number in range(last - count + 1, last + 1)]
