"""The 71 steps of a project's life (construction.md §1.4) as data, and how each city does them (§1.6).

``load(region)`` gives the catalogue of a region: the provincial steps changed by the city's profile. Texts, materials and
form fields live in ``p1.toml`` … ``p7.toml``; time limits live in ``parameters.toml`` and may be overridden by region there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from zhujian.boards.construction.project_management.steps import loader
from zhujian.boards.construction.project_management.steps.loader import BadSteps, profile_regions
from zhujian.boards.construction.project_management.steps.model import (
    APPLICATION_STAGES,
    AUTHORITIES,
    KINDS,
    PARTIES,
    PROJECT_TYPES,
    STAGES,
    Field,
    Material,
    Output,
    Profile,
    Step,
)

__all__ = [
    "APPLICATION_STAGES", "AUTHORITIES", "KINDS", "PARTIES", "PROJECT_TYPES", "STAGES", "BadSteps", "Catalogue", "Field",
    "Material", "Output", "Profile", "Step", "load", "profile_regions", "step",
]  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """The steps of one region."""

    profile: Profile
    steps: Mapping[str, Step]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps.values())

    def __getitem__(self, step_id: str) -> Step:
        return self.steps[step_id]

    def stage(self, stage: str) -> tuple[Step, ...]:
        """Steps of a stage (``P1`` … ``P7``) in order, merged and disabled ones included."""
        return tuple(s for s in self if s.stage == stage)

    def applied_for(self, stage: str) -> tuple[Step, ...]:
        """Steps of a stage that are done on their own in this region."""
        return tuple(s for s in self.stage(stage) if s.enabled and not s.merge_into)

    def limit_key(self, step_id: str, project_type: str, facts: Mapping[str, Any] | None = None) -> str:
        """Full parameter key of the step's time limit for a project type; empty when the step has none.

        A limit of the type (``limit_A13_T4``) comes before a variant by a fact (``is_large == False``) before the step's own.
        """
        one = self.steps[step_id]
        if not one.limit:
            return ""
        special = f"{one.limit}_{project_type}"
        if special in loader.parameter_keys():
            return loader.PREFIX + special
        for when, key in one.limit_variants:
            fact, _, wanted = when.partition(" == ")
            if facts is not None and str(facts.get(fact)) == wanted:
                return loader.PREFIX + key
        return loader.PREFIX + one.limit

    def shadow_key(self, step_id: str) -> str:
        """Full parameter key of the stricter statutory limit (§1.3 rule 5), or empty."""
        one = self.steps[step_id]
        return loader.PREFIX + one.shadow_limit if one.shadow_limit else ""


@cache
def load(region: str = "") -> Catalogue:
    """The catalogue of `region` (12 digits; empty: the province's default). Raises `BadSteps` when the files are wrong."""
    profile, steps = loader.merged(loader.catalogue_path(region))
    return Catalogue(profile, steps)


def step(step_id: str, region: str = "") -> Step:
    """One step as it is done in `region`; KeyError for an unknown id."""
    return load(region)[step_id]
