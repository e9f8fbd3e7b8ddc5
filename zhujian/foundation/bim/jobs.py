"""Long work: checking and converting what was handed in."""

from __future__ import annotations

from zhujian.foundation import events
from zhujian.foundation.bim.intake.lane import run

events.jobs.lane(name="bim.intake")(run)
