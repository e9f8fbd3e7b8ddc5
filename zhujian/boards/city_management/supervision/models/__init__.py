"""Tables of 监督检查."""

from zhujian.boards.city_management.supervision.models.checks import Checklist, Finding, SiteCheck
from zhujian.boards.city_management.supervision.models.incidents import Emergency, EmergencyReport, Opinion
from zhujian.boards.city_management.supervision.models.meetings import Camera, Consultation
from zhujian.boards.city_management.supervision.models.tasks import Circular, Extension, SupervisionTask, UnitStep, UnitTask

__all__ = [
    "Camera", "Checklist", "Circular", "Consultation", "Emergency", "EmergencyReport", "Extension", "Finding", "Opinion", "SiteCheck",
    "SupervisionTask", "UnitStep", "UnitTask",
]  # fmt: skip
