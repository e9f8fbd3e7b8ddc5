"""Pure rules: states, verdicts, positions by hand, comparison; and the BCF file."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.bim import bcf, rules
from zhujian.foundation.bim.models import Version

DIGEST = st.text("0123456789abcdef", min_size=96, max_size=96)
MARKS = st.dictionaries(st.text("ABC", min_size=1, max_size=2), st.builds(rules.Mark, st.integers(0, 99), DIGEST), max_size=8)


def test_states_are_those_of_the_model() -> None:
    """foundation.md §14c: 提交→自动检查→人工审查→通过→归档→入CIM."""
    assert set(rules.FOLLOWS) == set(Version.State.values)
    way = ["submitted", "checking", "review", "passed", "archived", "published"]
    assert all(rules.may_follow(a, b) for a, b in zip(way, way[1:], strict=False))
    assert not rules.may_follow("failed_check", "passed") and not rules.may_follow("published", "submitted")
    assert not rules.may_follow("submitted", "review")  # no version is reviewed unchecked


@pytest.mark.parametrize(
    ("errors", "warnings", "words"), [(3, 1, "未通过：有 3 条"), (0, 2, "2 条规则提示"), (0, 0, "全部规则符合")]
)
def test_verdict(errors: int, warnings: int, words: str) -> None:
    assert words in rules.verdict(errors, warnings, level=6) and "CIM6" in rules.verdict(errors, warnings, level=6)


@given(MARKS, MARKS)
def test_comparison_is_complete_and_turns_round(old: dict[str, rules.Mark], new: dict[str, rules.Mark]) -> None:
    there, back = rules.compare(old, new), rules.compare(new, old)
    assert set(there.added) == set(back.removed) == set(new) - set(old) and set(there.removed) == set(old) - set(new)
    assert {c.global_id for c in there.changed} == {c.global_id for c in back.changed}
    assert len(there.changed) + there.same == len(set(old) & set(new))
    for change in there.changed:
        a, b = old[change.global_id].digest, new[change.global_id].digest
        expected = {name for name, place in rules.FIELDS if a[place * 32 : place * 32 + 32] != b[place * 32 : place * 32 + 32]}
        assert set(change.fields) == expected and expected
    assert rules.compare(old, old).same == len(old)


@given(st.floats(-200, 200), st.floats(-100, 100), st.floats(-500, 9500), st.text(max_size=10))
def test_position(lon: float, lat: float, height: float, reason: str) -> None:
    found = {r.code for r in rules.check_position(lon, lat, height, None, reason)}
    assert ("bim.lon" in found) == (not 73.5 <= lon <= 135.1) and ("bim.lat" in found) == (not 3.8 <= lat <= 53.6)
    assert ("bim.position_reason" in found) == (len(reason.strip()) < 4)
    assert rules.check_position(None, None, None, None, "") == []
    assert rules.check_position(lon, None, None, None, reason)[0].code == "bim.position"


# -- BCF -----------------------------------------------------------------------------------------------------------------

PROJECT = bcf.Project("bim.version:7", "三号楼 第1版", "某某设计院", datetime(2026, 3, 10, 9, 30, tzinfo=UTC), "三号楼.ifc")
ISSUES = [
    bcf.Issue("finding:1", "FE-01 门净宽不足", "要求：不小于0.80 m\n问题：0.65", "error", "FE-01", "2O2Fr$t4X7Zf8NOew3FNtn", ((1.0, 2.0, 0.0), (2.0, 2.2, 2.1))),
    bcf.Issue("finding:2", "MD-08 没有地理参考", "要求：…", "error", "MD-08"),
]  # fmt: skip


@pytest.mark.parametrize("edition", ["2.1", "3.0"])
def test_bcf_is_read_by_another_program(edition: str, tmp_path: Path) -> None:
    """Read with the BCF library of IfcOpenShell: topics, their words, their views with the element and a camera that looks at it."""
    path = tmp_path / "issues.bcf"
    path.write_bytes(bcf.write(PROJECT, ISSUES, edition))
    from bcf import bcfxml

    with bcfxml.load(path) as found:
        assert found is not None and found.version.version_id == edition
        topics = {topic.topic.title: topic for topic in found.topics.values()}
        assert set(topics) == {issue.title for issue in ISSUES}
        door = topics["FE-01 门净宽不足"]
        assert (
            door.topic.description == ISSUES[0].text
            and door.topic.creation_author == "某某设计院"
            and door.topic.topic_type == "不符合"
        )
        (view,) = door.viewpoints.values()
        chosen = view.visualization_info.components.selection.component
        assert [one.ifc_guid for one in chosen] == ["2O2Fr$t4X7Zf8NOew3FNtn"]
        camera = view.visualization_info.perspective_camera
        eye = np.array([camera.camera_view_point.x, camera.camera_view_point.y, camera.camera_view_point.z])
        looks = np.array([camera.camera_direction.x, camera.camera_direction.y, camera.camera_direction.z])
        up = np.array([camera.camera_up_vector.x, camera.camera_up_vector.y, camera.camera_up_vector.z])
        assert np.linalg.norm(looks) == pytest.approx(1, abs=1e-5) and abs(looks @ up) < 1e-5
        toward = np.array([1.5, 2.1, 1.05]) - eye
        assert looks @ toward / np.linalg.norm(toward) == pytest.approx(1, abs=1e-5)
        assert not topics["MD-08 没有地理参考"].viewpoints


@given(st.text(max_size=60), st.text(max_size=60))
def test_bcf_takes_any_text(title: str, name: str) -> None:
    project = bcf.Project("k", name, name, PROJECT.at, name)
    for edition in ("2.1", "3.0"):
        data = bcf.write(project, [bcf.Issue("a", title, title, "warning", "R", "g" * 22, ((0, 0, 0), (0, 0, 0)))], edition)
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            assert package.testzip() is None
            for entry in package.namelist():
                ET.fromstring(package.read(entry))
    assert bcf.write(project, ISSUES, "3.0") == bcf.write(project, ISSUES, "3.0")
    with pytest.raises(ValueError, match="edition"):
        bcf.write(project, ISSUES, "1.0")
