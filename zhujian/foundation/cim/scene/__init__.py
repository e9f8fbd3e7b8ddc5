"""The 3D page: city, models, pipes below the ground, sun and saved views. Boards say here how their registers look in space."""

from zhujian.foundation.cim.scene.declaration import Shafts, Tubes

__all__ = ["Shafts", "Tubes"]
