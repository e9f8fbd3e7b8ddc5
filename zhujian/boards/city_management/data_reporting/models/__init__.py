"""Tables of the exchange, and the small registers a city fills where no other module holds what is exchanged."""

from zhujian.boards.city_management.data_reporting.models.exchange import (
    Batch,
    Capture,
    Dataset,
    InBatch,
    Mark,
    Nonce,
    Outgoing,
    Peer,
    Reconciliation,
    Record,
    RecordVersion,
    Reject,
)
from zhujian.boards.city_management.data_reporting.models.registers import IndustryObject, MonitoringDevice, Reading

__all__ = [
    "Batch", "Capture", "Dataset", "InBatch", "IndustryObject", "Mark", "MonitoringDevice", "Nonce", "Outgoing", "Peer", "Reading",
    "Reconciliation", "Record", "RecordVersion", "Reject",
]  # fmt: skip
