"""Registers the module's processes with the workflow; listens to what projects finish."""

from zhujian.boards.urban_rural.municipal_assets.forms.asbuilt import DeliverForm
from zhujian.boards.urban_rural.municipal_assets.forms.census import OwnerlessForm
from zhujian.boards.urban_rural.municipal_assets.forms.releases import ApproveForm
from zhujian.boards.urban_rural.municipal_assets.selectors import mapped
from zhujian.boards.urban_rural.municipal_assets.services import asbuilt
from zhujian.boards.urban_rural.municipal_assets.services.asbuilt import AsBuiltHandler
from zhujian.boards.urban_rural.municipal_assets.services.census import CensusHandler
from zhujian.boards.urban_rural.municipal_assets.services.order_process import AssetOrderHandler
from zhujian.boards.urban_rural.municipal_assets.services.ownerless import OwnerlessHandler
from zhujian.boards.urban_rural.municipal_assets.services.releases import ReleaseHandler
from zhujian.boards.urban_rural.municipal_assets.views.asbuilt import asbuilt_panel
from zhujian.boards.urban_rural.municipal_assets.views.census import task_panel
from zhujian.boards.urban_rural.municipal_assets.views.orders import dispatch_panel, handle_panel, verify_panel
from zhujian.boards.urban_rural.municipal_assets.views.releases import review_panel
from zhujian.foundation import workflow
from zhujian.foundation.cim import sources
from zhujian.foundation.events.models import Event
from zhujian.foundation.events.registry import subscribe

workflow.register(AssetOrderHandler())
workflow.register(CensusHandler())
workflow.register(OwnerlessHandler())
workflow.register_form("asset_order_dispatch", dispatch_panel)
workflow.register_form("asset_order_handle", handle_panel)
workflow.register_form("asset_order_verify", verify_panel)
workflow.register_form("asset_census", task_panel)
workflow.register_form("asset_ownerless", OwnerlessForm)
workflow.register(AsBuiltHandler())
workflow.register_form("asset_as_built_deliver", DeliverForm)
workflow.register_form("asset_as_built_facts", asbuilt_panel)
workflow.register(ReleaseHandler())
workflow.register_form("asset_release_review", review_panel)
workflow.register_form("asset_release_approve", ApproveForm)
sources.register(sources.Source("facility", "市政设施", mapped.named, mapped.without_building))


@subscribe("filing.done", by="municipal_assets.as_built")
def filed(event: Event) -> None:
    """A finished project owes the as-built survey of its pipes and other facilities."""
    asbuilt.open_for(event.payload, region_code=event.region_code, parties=event.parties)
