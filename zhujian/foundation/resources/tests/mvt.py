"""A small reader of Mapbox vector tiles (MVT 2.1), written from the specification so that tests do not trust their own encoder."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

KINDS = {1: "Point", 2: "LineString", 3: "Polygon"}


@dataclass
class Feature:
    """One feature: geometry as rings of tile coordinates."""

    id: int | None = None
    kind: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    parts: list[list[tuple[int, int]]] = field(default_factory=list)


def layers(data: bytes) -> dict[str, list[Feature]]:
    """Features of each layer."""
    return dict(_layer(value) for number, value in _fields(data) if number == 3)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        head, at = _varint(data, at)
        number, wire = head >> 3, head & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
        elif wire == 2:
            size, at = _varint(data, at)
            yield number, data[at : at + size]
            at += size
        else:
            size = 8 if wire == 1 else 4
            yield number, data[at : at + size]
            at += size


def _numbers(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def _value(data: bytes) -> Any:
    number, value = next(_fields(data))
    if number == 1:
        return value.decode()
    if number in (2, 3):
        return struct.unpack("<f" if number == 2 else "<d", value)[0]
    if number == 6:
        return (value >> 1) ^ -(value & 1)
    return bool(value) if number == 7 else value


def _layer(data: bytes) -> tuple[str, list[Feature]]:
    name, keys, values, raw = "", [], [], []
    for number, value in _fields(data):
        if number == 1:
            name = value.decode()
        elif number == 2:
            raw.append(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    return name, [_feature(one, keys, values) for one in raw]


def _feature(data: bytes, keys: list[str], values: list[Any]) -> Feature:
    made = Feature()
    for number, value in _fields(data):
        if number == 1:
            made.id = value
        elif number == 2:
            tags = _numbers(value)
            made.properties = {keys[tags[i]]: values[tags[i + 1]] for i in range(0, len(tags), 2)}
        elif number == 3:
            made.kind = KINDS[value]
        elif number == 4:
            made.parts = _geometry(_numbers(value))
    return made


def _geometry(numbers: list[int]) -> list[list[tuple[int, int]]]:
    parts: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 7:
            continue
        for _ in range(count):
            x += (numbers[at] >> 1) ^ -(numbers[at] & 1)
            y += (numbers[at + 1] >> 1) ^ -(numbers[at + 1] & 1)
            at += 2
            if command == 1:
                parts.append([])
            parts[-1].append((x, y))
    return parts
