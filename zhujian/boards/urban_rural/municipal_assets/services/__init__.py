"""What the module does: codes, versions, papers, census, covers without an owner, the generated city."""

from zhujian.boards.urban_rural.municipal_assets.services import city

__all__ = ["city"]
