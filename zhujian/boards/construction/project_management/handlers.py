"""Registers the life cycle with the workflow: its handler and its forms."""

from zhujian.boards.construction.project_management.forms.steps import StageForm, StepForm, review_panel
from zhujian.boards.construction.project_management.services.lifecycle import LifecycleHandler
from zhujian.foundation import workflow

workflow.register(LifecycleHandler())
workflow.register_form("step", StepForm)
workflow.register_form("review", review_panel)
workflow.register_form("stage_application", StageForm)
