"""Geometry of one storey at a time, so that memory is bounded by the largest storey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ifcopenshell.geom
import numpy as np

from zhujian.foundation.bim.convert.glb import GREY, Colour
from zhujian.foundation.bim.convert.properties import matrix_of
from zhujian.foundation.bim.convert.reading import Item, Model

SAMPLES = 200  # placements looked at to find out where a model is drawn
FAR = 2_000.0  # metres from the origin at which 32-bit floats begin to show


@dataclass
class Shape:
    """One element's mesh in its own axes with its placement; arrays are copies and outlive the library's memory."""

    step: int
    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    materials: np.ndarray
    colours: list[Colour]
    matrix: np.ndarray

    def placed(self, offset: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Vertices and normals in model axes, the drawn origin taken off."""
        turn = self.matrix[:3, :3]
        return self.vertices @ turn.T + (self.matrix[:3, 3] - offset), self.normals @ turn.T


def offset_of(model: Model) -> tuple[float, float, float]:
    """The drawn origin in model metres: the model's own where its elements are near it, else a point amid them on whole metres."""
    points = np.array(
        [matrix_of(item.entity, model.scale)[:3, 3] for item in model.items[:: max(1, len(model.items) // SAMPLES)]]
    )
    if not len(points) or np.abs(points).max() <= FAR:
        return 0.0, 0.0, 0.0
    middle = np.round(np.median(points, axis=0))
    return float(middle[0]), float(middle[1]), float(middle[2])


def solid(item: Item) -> bool:
    """Whether the element has a body. Spaces have one too: they are counted, but not drawn."""
    try:
        return item.entity.Representation is not None
    except Exception:
        return False


def shapes(model: Model, items: list[Item]) -> Iterator[Shape]:
    """Meshes of the items that have one, in the library's order."""
    entities = [item.entity for item in items]
    if not entities:
        return
    settings = ifcopenshell.geom.settings()
    settings.set("weld-vertices", False)  # normals per face: a model without them looks flat
    iterator = ifcopenshell.geom.iterator(settings, model.file, 1, include=entities)
    if not iterator.initialize():
        return
    while True:
        found = _shape(iterator.get())
        if found is not None:
            yield found
        if not iterator.next():
            return


def _shape(element: Any) -> Shape | None:
    geometry = element.geometry
    vertices = np.frombuffer(geometry.verts_buffer, dtype=np.float64).reshape(-1, 3).copy()
    faces = np.frombuffer(geometry.faces_buffer, dtype=np.int32).reshape(-1, 3).copy()
    if not len(faces) or not np.isfinite(vertices).all():
        return None
    normals = np.frombuffer(geometry.normals_buffer, dtype=np.float64).reshape(-1, 3).copy()
    if normals.shape != vertices.shape:
        normals = _flat_normals(vertices, faces)
    materials = np.frombuffer(geometry.material_ids_buffer, dtype=np.int32).copy()
    if len(materials) != len(faces):
        materials = np.zeros(len(faces), np.int32)
    matrix = np.frombuffer(element.transformation_buffer, dtype=np.float64).reshape(4, 4).T.copy()
    colours = [_colour(row) for row in np.frombuffer(geometry.colors_buffer, dtype=np.float64).reshape(-1, 4)]
    return Shape(element.id, vertices, normals, faces, materials, colours or [GREY], matrix)


def _colour(row: np.ndarray) -> Colour:
    if not np.isfinite(row).all():
        return GREY
    r, g, b, a = (round(float(min(max(v, 0.0), 1.0)), 3) for v in row)
    return r, g, b, max(a, 0.15)  # what nobody can see nobody can pick


def _flat_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    normals = np.zeros_like(vertices)
    cross = np.cross(vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]])
    for corner in range(3):
        np.add.at(normals, faces[:, corner], cross)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
