"""Models as plain arrays: written and read without pickled objects, used without the library that learned them."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from zhujian.boards.city_management.advice.models import LearnedModel, Weights
from zhujian.boards.city_management.advice.rules import text as words

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Head:
    """One question asked of the same features: `coef` (labels × features), `intercept` (labels); independent logistic answers."""

    labels: tuple[str, ...]
    coef: np.ndarray
    intercept: np.ndarray

    def answer(self, columns: np.ndarray, values: np.ndarray, most: int) -> list[tuple[str, float]]:
        """The `most` likely labels with their shares (they add up to 1 over all labels), best first."""
        sums = self.coef[:, columns].astype(np.float32) @ values + self.intercept
        shares = 1 / (1 + np.exp(-np.clip(sums, -60, 60)))
        total = float(shares.sum())
        shares = shares / total if total else np.full(len(shares), 1 / len(shares))
        best = np.argsort(-shares, kind="stable")[:most]
        return [(self.labels[i], float(shares[i])) for i in best]


@dataclass(frozen=True)
class TextModel:
    """Features (character sequences and their weights) and the heads that answer."""

    columns: dict[str, int]
    weight: np.ndarray
    heads: dict[str, Head]

    def features(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Known sequences of a text as (columns, values): 1 + ln(count), times rarity, to length 1."""
        counts: dict[int, int] = {}
        for gram in words.grams(text):
            column = self.columns.get(gram)
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
        where = np.fromiter(counts, dtype=np.int64, count=len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.weight[where]
        length = float(np.linalg.norm(values))
        return where, values / length if length else values

    def answer(self, text: str, head: str, most: int) -> list[tuple[str, float]]:
        """Ranked answers to one question; empty when no word of the text is known or the question was never learned."""
        where, values = self.features(text)
        known = self.heads.get(head)
        return known.answer(where, values, most) if known and len(where) else []


def pack(arrays: Arrays) -> bytes:
    """Arrays as bytes."""
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def unpack(data: bytes) -> Arrays:
    """The same back. ValueError when anything in it is not a plain array."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def lines(texts: list[str]) -> np.ndarray:
    """Texts without line breaks as one array of bytes."""
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def texts(array: np.ndarray) -> list[str]:
    """The same back."""
    found = array.tobytes().decode()
    return found.split("\n") if found else []


def text_model(arrays: Arrays) -> TextModel:
    """The model that `pack_text` wrote."""
    heads = {
        name: Head(tuple(texts(arrays[f"{name}.labels"])), arrays[f"{name}.coef"], arrays[f"{name}.intercept"])
        for name in texts(arrays["heads"])
    }
    return TextModel({gram: i for i, gram in enumerate(texts(arrays["grams"]))}, arrays["weight"], heads)


def pack_text(model: TextModel) -> bytes:
    """A text model as bytes; half precision is enough for a ranking and halves the size."""
    arrays: Arrays = {
        "grams": lines(list(model.columns)), "weight": model.weight.astype(np.float32), "heads": lines(list(model.heads)),
    }  # fmt: skip
    for name, head in model.heads.items():
        arrays[f"{name}.labels"] = lines(list(head.labels))
        arrays[f"{name}.coef"] = head.coef.astype(np.float16)
        arrays[f"{name}.intercept"] = head.intercept.astype(np.float32)
    return pack(arrays)


def keep(model: LearnedModel, data: bytes) -> None:
    """Store the numbers of a model."""
    Weights.objects.update_or_create(model=model, defaults={"data": data, "sha256": hashlib.sha256(data).hexdigest()})


@lru_cache(maxsize=8)  # a model never changes once it is trained
def _read(model_id: int, sha256: str) -> Arrays:
    data = bytes(Weights.objects.values_list("data", flat=True).get(model_id=model_id))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"the numbers of model {model_id} are not those that were kept")
    return unpack(data)


@lru_cache(maxsize=8)
def _text(model_id: int, sha256: str) -> TextModel:
    return text_model(_read(model_id, sha256))


def _digest(model: LearnedModel) -> str:
    return Weights.objects.values_list("sha256", flat=True).get(model=model)


def read_text(model: LearnedModel) -> TextModel:
    """The text model of a trained row."""
    return _text(model.pk, _digest(model))


def read(model: LearnedModel) -> dict[str, Any]:
    """The plain arrays of a trained row."""
    return _read(model.pk, _digest(model))
