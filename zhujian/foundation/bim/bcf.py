"""BCF (BIM Collaboration Format) 2.1 and 3.0: the failures as issues that authoring programs open, each with a view of its element.

Pure writing: a zip with one folder per issue (``markup.bcf``, ``viewpoint.bcfv``). Coordinates are the IFC model's own, in metres.
"""

from __future__ import annotations

import io
import math
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from zhujian.foundation.bim.models import Finding, Version

MOST = 1000  # issues of one file; more would open nowhere
SPACE = uuid.UUID("6f1f6c58-8f4f-5d7a-9c55-2f6b0f8c7a11")
STAMP = (1980, 1, 1, 0, 0, 0)
TYPES = {"error": "不符合", "warning": "提示"}
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Project:
    """What the file is about. `at`: when the check ended; `file_name`, `file_date`: of the IFC file."""

    key: str
    name: str
    author: str
    at: datetime
    file_name: str
    ifc_project: str = ""


@dataclass(frozen=True)
class Issue:
    """One failure. `box`: low and high corner of the element in model coordinates, None when nothing is to be seen."""

    key: str
    title: str
    text: str
    severity: str
    rule: str
    global_id: str = ""
    box: tuple[Point, Point] | None = None


def project_of(version: Version, author: str) -> Project:
    """The project of a version."""
    at = version.checked_at or version.created_at
    return Project(f"bim.version:{version.pk}", str(version), author, at, version.file.name)


def issue_of(version: Version, row: Finding) -> Issue:
    """One kept failure as an issue."""
    box = None
    if row.element is not None and row.element.box:
        offset = version.georef.get("offset") or [0.0, 0.0, 0.0]
        low, high = row.element.box[:3], row.element.box[3:]
        box = (_moved(low, offset), _moved(high, offset))
    title = f"{row.rule} {row.message}"
    text = f"要求：{row.demand}\n问题：{row.message}"
    return Issue(f"finding:{row.pk}", title[:200], text, row.severity, row.rule, row.global_id, box)


def _moved(point: Sequence[float], offset: Sequence[float]) -> Point:
    x, y, z = (float(a) + float(b) for a, b in zip(point, offset, strict=True))
    return x, y, z


def write(project: Project, issues: Sequence[Issue], edition: str) -> bytes:
    """The zipped file of `edition` "2.1" or "3.0"."""
    if edition not in ("2.1", "3.0"):
        raise ValueError(f"no BCF edition {edition!r}")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:

        def put(name: str, root: ET.Element) -> None:
            data = ET.tostring(root, encoding="utf-8", xml_declaration=True)
            package.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)

        put("bcf.version", _version(edition))
        put("project.bcfp", _project(project, edition))
        if edition == "3.0":
            put("extensions.xml", _extensions(project, issues))
        for issue in issues[:MOST]:
            guid = _guid(project.key, issue.key)
            view = _guid(project.key, issue.key, "view") if issue.global_id else ""
            put(f"{guid}/markup.bcf", _markup(project, issue, guid, view, edition))
            if view:
                put(f"{guid}/viewpoint.bcfv", _viewpoint(issue, view, edition))
    return stream.getvalue()


def _guid(*parts: str) -> str:
    return str(uuid.uuid5(SPACE, "\n".join(parts)))


def _sub(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    node = ET.SubElement(parent, name, attributes)
    if text is not None:
        node.text = "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and ord(c) not in (0xFFFE, 0xFFFF)))
    return node


def _version(edition: str) -> ET.Element:
    root = ET.Element("Version", VersionId=edition)
    if edition == "2.1":
        _sub(root, "DetailedVersion", edition)
    return root


def _project(project: Project, edition: str) -> ET.Element:
    root = ET.Element("ProjectInfo" if edition == "3.0" else "ProjectExtension")
    _sub(_sub(root, "Project", ProjectId=_guid(project.key)), "Name", project.name)
    if edition == "2.1":
        _sub(root, "ExtensionSchema", "")
    return root


def _extensions(project: Project, issues: Sequence[Issue]) -> ET.Element:
    root = ET.Element("Extensions")
    for group, name, values in (
        ("TopicTypes", "TopicType", sorted(set(TYPES.values()))), ("TopicStatuses", "TopicStatus", ["Open"]),
        ("TopicLabels", "TopicLabel", sorted({issue.rule for issue in issues})), ("Users", "User", [project.author]),
    ):  # fmt: skip
        box = _sub(root, group)
        for value in values:
            _sub(box, name, value)
    return root


def _markup(project: Project, issue: Issue, guid: str, view: str, edition: str) -> ET.Element:
    root = ET.Element("Markup")
    header = _sub(root, "Header")
    home = _sub(header, "Files") if edition == "3.0" else header
    extra = {"IsExternal" if edition == "3.0" else "isExternal": "true"}
    file = _sub(home, "File", **({"IfcProject": project.ifc_project} if project.ifc_project else {}), **extra)
    _sub(file, "Filename", project.file_name)
    _sub(file, "Date", project.at.isoformat(timespec="seconds"))
    topic = _sub(root, "Topic", Guid=guid, TopicType=TYPES.get(issue.severity, "提示"), TopicStatus="Open")
    _sub(topic, "Title", issue.title)
    labels = _sub(topic, "Labels")
    if edition == "3.0":
        _sub(labels, "Label", issue.rule)
    else:
        labels.text = issue.rule
    _sub(topic, "CreationDate", project.at.isoformat(timespec="seconds"))
    _sub(topic, "CreationAuthor", project.author)
    _sub(topic, "Description", issue.text)
    if view and edition == "3.0":
        _sub(_sub(_sub(topic, "Viewpoints"), "ViewPoint", Guid=view), "Viewpoint", "viewpoint.bcfv")
    elif view:
        _sub(_sub(root, "Viewpoints", Guid=view), "Viewpoint", "viewpoint.bcfv")
    return root


def _viewpoint(issue: Issue, guid: str, edition: str) -> ET.Element:
    root = ET.Element("VisualizationInfo", Guid=guid)
    components = _sub(root, "Components")
    _sub(_sub(components, "Selection"), "Component", IfcGuid=issue.global_id)
    visibility = _sub(components, "Visibility", DefaultVisibility="true")
    _sub(visibility, "Exceptions")
    if issue.box is None:
        return root
    eye, direction, up = camera(issue.box)
    shot = _sub(root, "PerspectiveCamera")
    for name, vector in (("CameraViewPoint", eye), ("CameraDirection", direction), ("CameraUpVector", up)):
        node = _sub(shot, name)
        for axis, value in zip("XYZ", vector, strict=True):
            _sub(node, axis, f"{value:.6f}")
    _sub(shot, "FieldOfView", "60")
    if edition == "3.0":
        _sub(shot, "AspectRatio", "1.333333")
    return root


def camera(box: tuple[Point, Point]) -> tuple[Point, Point, Point]:
    """Eye, direction and up vector that show a box from the south-east above, whole, at 60° of view."""
    low, high = box
    centre = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    away = max(math.dist(low, high), 1.0) * 1.4
    toward = _unit((0.6, -0.65, 0.45))
    eye = (centre[0] + toward[0] * away, centre[1] + toward[1] * away, centre[2] + toward[2] * away)
    direction = (-toward[0], -toward[1], -toward[2])
    flat = math.hypot(toward[0], toward[1])
    up = (-toward[0] * toward[2] / flat, -toward[1] * toward[2] / flat, flat)
    return eye, direction, up


def _unit(vector: Point) -> Point:
    length = math.hypot(*vector)
    return vector[0] / length, vector[1] / length, vector[2] / length
