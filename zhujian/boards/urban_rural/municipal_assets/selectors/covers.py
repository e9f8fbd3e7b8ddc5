"""Which class of component a cover is, by the kind of pipe below it."""

from __future__ import annotations

from django.utils import timezone

from zhujian.foundation.parameters import selectors as parameters


def classes_of_kinds() -> dict[str, str]:
    """Pipe kind (CJJ 61) → class of its covers (GB/T 30428.2), as the code list of the day says."""
    return dict(parameters.code_list("municipal_assets.cover_component", timezone.localdate()))
