"""The step files keep their contract."""

from __future__ import annotations

import pytest

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.steps import loader

COUNTS = {"P1": 14, "P2": 7, "P3": 9, "P4": 12, "P5": 11, "P6": 8, "P7": 10}
REGIONS = ("", *steps.profile_regions())


def test_every_row_of_the_step_table_is_there():
    catalogue = steps.load()
    assert {stage: len(catalogue.stage(stage)) for stage in steps.STAGES} == COUNTS
    for letter, count in zip("ABCDEFG", COUNTS.values(), strict=True):
        assert [f"{letter}{n:02d}" for n in range(1, count + 1)] == [s.id for s in catalogue if s.id[0] == letter]


@pytest.mark.parametrize("region", REGIONS)
def test_profiles_load_and_keep_their_cap(region):
    catalogue = steps.load(region)
    for days in catalogue.profile.stage_days.values():
        assert sum(days.values()) <= catalogue.profile.cap_days
    assert set(catalogue.profile.stage_days) == set(steps.PROJECT_TYPES)


def test_every_step_names_condition_output_and_clause():
    for step in steps.load():
        assert step.condition.endswith("。"), step.id
        assert step.output.title, step.id
        assert all(step.clauses), step.id
        assert step.event.count(".") == 1, step.id


def test_a_county_uses_its_citys_profile():
    city = steps.profile_regions()[0] if steps.profile_regions() else ""
    if city:
        assert steps.load(city[:4] + "06000000").profile.region == city
    assert steps.load("429004000000").profile.region == ""


def test_limit_keys_prefer_type_then_fact():
    catalogue = steps.load()
    assert catalogue.limit_key("A13", "T4") == "project_management.limit_A13_T4"
    assert catalogue.limit_key("A13", "T1") == "project_management.limit_A13"
    assert catalogue.limit_key("C02", "T3", {"is_large": False}) == "project_management.limit_C02_medium"
    assert catalogue.limit_key("C02", "T3", {"is_large": True}) == "project_management.limit_C02"
    assert catalogue.limit_key("A02", "T3") == ""
    assert catalogue.shadow_key("C07") == "project_management.shadow_C07"


def test_a_wrong_file_is_refused_with_the_step(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(
        'title="x"\ncap_days=1\nbasis="x"\nconfidence="C"\nstage_days={}\n[step.Z99]\nenabled=false\n', encoding="utf-8"
    )
    with pytest.raises(steps.BadSteps, match="Z99"):
        loader.merged(bad)
    bad.write_text(
        'title="x"\ncap_days=1\nbasis="x"\nconfidence="C"\nstage_days={}\n[step.C06]\nmerge_into="X"\n', encoding="utf-8"
    )
    loader.merged.cache_clear()
    with pytest.raises(steps.BadSteps, match="C06"):
        loader.merged(bad)


def test_merged_steps_bring_their_materials_and_fields(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(
        'title="x"\ncap_days=1\nbasis="x"\nconfidence="C"\nstage_days={}\n[step.C06]\nmerge_into="C07"\n', encoding="utf-8"
    )
    _, merged = loader.merged(path)
    assert merged["C07"].merged == ("C06",)
    assert "QSS" in merged["C07"].joint
    assert merged["C07"].field("dangerous_works").label == "危大工程清单"
    titles = [m.title for m in merged["C07"].materials]
    assert len(titles) == len(set(titles))
