"""Tables of the public service."""

from zhujian.boards.city_management.public_service.models.doors import Peer, PhoneCode, RateCount
from zhujian.boards.city_management.public_service.models.orders import StatusPush, TransferRule, WorkOrder
from zhujian.boards.city_management.public_service.models.submissions import CallBack, ServiceAttribute, Submission

__all__ = [
    "CallBack",
    "Peer",
    "PhoneCode",
    "RateCount",
    "ServiceAttribute",
    "StatusPush",
    "Submission",
    "TransferRule",
    "WorkOrder",
]
