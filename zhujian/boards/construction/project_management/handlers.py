"""Registers the life cycle with the workflow (its handler and its forms) and projects with the map."""

from zhujian.boards.construction.project_management.forms.requests import request_panel
from zhujian.boards.construction.project_management.forms.steps import StageForm, StepForm, review_panel
from zhujian.boards.construction.project_management.selectors import mapped
from zhujian.boards.construction.project_management.services.lifecycle import LifecycleHandler, MajorChangeHandler
from zhujian.boards.construction.project_management.services.requests import PermitRequestHandler
from zhujian.foundation import workflow
from zhujian.foundation.cim import sources

workflow.register(LifecycleHandler())
workflow.register(MajorChangeHandler())
workflow.register(PermitRequestHandler())
workflow.register_form("step", StepForm)
workflow.register_form("review", review_panel)
workflow.register_form("permit_request", request_panel)
workflow.register_form("stage_application", StageForm)
sources.register(sources.Source("project", "工程建设项目", mapped.named, mapped.without_building))
