"""Tables of 指挥协调: reports, cases, their log, errands, and what is asked for and decided about a case."""

from zhujian.boards.city_management.command.models.asked import Appeal, DuplicateProposal, Extension, Supervision, Suspension
from zhujian.boards.city_management.command.models.cases import OPEN, UNSHOWN, Case, CaseStep, DayNumber, Errand
from zhujian.boards.city_management.command.models.levels import Coordination, LevelClock
from zhujian.boards.city_management.command.models.reports import Photo, Report
from zhujian.boards.city_management.command.models.roster import DutyRoster
from zhujian.boards.city_management.command.models.tally import CaseTally

__all__ = [
    "OPEN", "UNSHOWN", "Appeal", "Case", "CaseStep", "CaseTally", "Coordination", "DayNumber", "DuplicateProposal", "DutyRoster", "Errand", "Extension",
    "LevelClock", "Photo", "Report", "Supervision", "Suspension",
]  # fmt: skip
