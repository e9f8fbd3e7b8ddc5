"""Registers the processes of work orders, census batches and covers without an owner with the workflow."""

from zhujian.boards.urban_rural.municipal_assets.forms.census import OwnerlessForm
from zhujian.boards.urban_rural.municipal_assets.forms.releases import ApproveForm
from zhujian.boards.urban_rural.municipal_assets.selectors import mapped
from zhujian.boards.urban_rural.municipal_assets.services.census import CensusHandler
from zhujian.boards.urban_rural.municipal_assets.services.order_process import AssetOrderHandler
from zhujian.boards.urban_rural.municipal_assets.services.ownerless import OwnerlessHandler
from zhujian.boards.urban_rural.municipal_assets.services.releases import ReleaseHandler
from zhujian.boards.urban_rural.municipal_assets.views.census import task_panel
from zhujian.boards.urban_rural.municipal_assets.views.orders import dispatch_panel, handle_panel, verify_panel
from zhujian.boards.urban_rural.municipal_assets.views.releases import review_panel
from zhujian.foundation import workflow
from zhujian.foundation.cim import sources

workflow.register(AssetOrderHandler())
workflow.register(CensusHandler())
workflow.register(OwnerlessHandler())
workflow.register_form("asset_order_dispatch", dispatch_panel)
workflow.register_form("asset_order_handle", handle_panel)
workflow.register_form("asset_order_verify", verify_panel)
workflow.register_form("asset_census", task_panel)
workflow.register_form("asset_ownerless", OwnerlessForm)
workflow.register(ReleaseHandler())
workflow.register_form("asset_release_review", review_panel)
workflow.register_form("asset_release_approve", ApproveForm)
sources.register(sources.Source("facility", "市政设施", mapped.named, mapped.without_building))
