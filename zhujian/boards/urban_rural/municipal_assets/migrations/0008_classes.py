"""Component classes and schemes move to `foundation.classification` (decision 35); what officials added goes with them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import migrations, models

from zhujian.foundation.kernel.scope import city_of

SCHEME = "GB30428-2013"
MAJORS = {"01": "公用设施", "02": "道路交通", "03": "市容环境", "04": "园林绿化", "05": "其他部件"}
COVERS = {
    "JS": "0101", "WS": "0102", "YS": "0103", "HS": "0102", "GD": "0105", "DL": "0105", "LD": "0106", "TX": "0107", "DX": "0107", "RL": "0110",
    "RS": "0110", "ZQ": "0110", "RQ": "0111", "TR": "0111", "MQ": "0111", "YH": "0111",
}


def own_classes(
    listed: Mapping[str, str], used: Iterable[tuple[str, str]], national: Collection[str]
) -> list[tuple[str, str, str, str]]:
    """Classes (code, name, major, city) that facilities use and the standard lacks, from the old list and (class, region) of facilities."""
    found = {(code, city_of(region)) for code, region in used if len(code) == 4 and code in listed and code not in national}
    return [(code, listed[code], MAJORS.get(code[:2], "其他部件"), city) for code, city in sorted(found) if city]


def changed_covers(pairs: Iterable[tuple[str, str, bool]], declared: Mapping[str, str]) -> dict[str, str]:
    """Pipe kind → class of its covers where the old mapping (kind, class, exact), exact ones first, says other than the new list."""
    first: dict[str, str] = {}
    for kind, target, _ in sorted(pairs, key=lambda row: not row[2]):
        first.setdefault(kind, target)
    return {kind: target for kind, target in first.items() if declared.get(kind) != target}


def move(apps, schema_editor):
    """Carry over what is not in the files."""
    Scheme, ClassItem = apps.get_model("classification", "Scheme"), apps.get_model("classification", "ClassItem")
    CodeList, CodeItem = apps.get_model("parameters", "CodeList"), apps.get_model("parameters", "CodeItem")
    old = CodeList.objects.filter(key="municipal_assets.component_class").first()
    scheme = Scheme.objects.filter(code=SCHEME).first()
    if old and scheme:
        items = scheme.items.filter(kind="component")
        national = set(items.filter(region_code="").values_list("code", flat=True))
        used = set()
        for name in ("Bridge", "Facility", "Lamp", "Manhole"):
            used |= set(apps.get_model("municipal_assets", name).objects.values_list("class_code", "region_code").distinct())
        for code, title, major, city in own_classes(dict(old.items.values_list("code", "label")), used, national):
            ClassItem.objects.get_or_create(
                scheme=scheme, kind="component", code=code, region_code=city, defaults={"name": title, "major": major, "confidence": "C"}
            )
        kept = set(items.values_list("code", flat=True))
        if not old.items.filter(official=True).exclude(code__in=kept).exists():
            old.delete()  # else what officials added but nobody used stays to be read
    mapping = apps.get_model("municipal_assets", "ClassMapping").objects.filter(source__key="cjj61", target__key="gbt30428").order_by("id")
    if changed := changed_covers(mapping.values_list("source_code", "target_code", "exact"), COVERS):
        covers, _ = CodeList.objects.get_or_create(
            key="municipal_assets.cover_component", defaults={"title": "各类管线的井盖所属部件小类", "basis": "原分类对照", "module": "municipal_assets"}
        )
        for kind, target in changed.items():
            CodeItem.objects.create(list=covers, code=kind, label=target, valid_from=date(1949, 10, 1), official=True)
    apps.get_model("municipal_assets", "CodeSequence").objects.filter(scheme="gbt30428").update(scheme=SCHEME)


class Migration(migrations.Migration):
    dependencies = [
        ("classification", "0002_memory"),
        ("parameters", "0001_initial"),
        ("municipal_assets", "0007_asbuilt"),
    ]

    operations = [
        migrations.AlterField(
            model_name="codesequence",
            name="scheme",
            field=models.CharField(help_text="分类标准代号；本模块自编的为 module", max_length=24, verbose_name="分类标准"),
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="ClassMapping"),
        migrations.DeleteModel(name="CodeScheme"),
    ]
