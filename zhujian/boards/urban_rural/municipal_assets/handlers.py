"""Registers the work order's process with the workflow."""

from zhujian.boards.urban_rural.municipal_assets.services.order_process import AssetOrderHandler
from zhujian.boards.urban_rural.municipal_assets.views.orders import dispatch_panel, handle_panel, verify_panel
from zhujian.foundation import workflow

workflow.register(AssetOrderHandler())
workflow.register_form("asset_order_dispatch", dispatch_panel)
workflow.register_form("asset_order_handle", handle_panel)
workflow.register_form("asset_order_verify", verify_panel)
