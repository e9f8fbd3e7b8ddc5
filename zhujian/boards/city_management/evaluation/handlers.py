"""Registers the processes of the comprehensive evaluation with the workflow."""

from zhujian.boards.city_management.evaluation.services.process import CampaignHandler, CityHandler
from zhujian.boards.city_management.evaluation.views.campaigns import task_panel
from zhujian.foundation import workflow

workflow.register(CampaignHandler())
workflow.register(CityHandler())
workflow.register_form("evaluation_task", task_panel)
