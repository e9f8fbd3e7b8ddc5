"""Demo: the city's grids and duties reach the province, by the same code that pushes over the wire."""

from __future__ import annotations

from zhujian.boards.city_management.data_reporting import selectors
from zhujian.boards.city_management.data_reporting.models import Dataset, Peer
from zhujian.boards.city_management.data_reporting.services import capture, inbound, push, schemas
from zhujian.boards.city_management.data_reporting.services.peers import do_register
from zhujian.boards.city_management.data_reporting.services.transport import Answer
from zhujian.foundation.kernel.crypto import provider
from zhujian.foundation.kernel.errors import Refusal

CITY = "420100000000"
APP = "app-420100"
SHOWN = ("grid", "duty_grid", "organisation", "case", "opinion")


def load() -> str:
    """Register both ends on this machine, push what the demo city has; returns what arrived."""
    key = provider().public_key(f"exchange-{APP}").hex()
    up = do_register(
        direction="up", code=APP, name="湖北省城市运行管理服务平台（演示）", region_code=CITY, datasets=SHOWN, public_key=key,
        url="https://province.invalid/data-reporting/v1",
    )  # fmt: skip
    down = do_register(
        direction="down", code=APP, name="武汉市城市运行管理服务平台（演示）", region_code=CITY, datasets=SHOWN, public_key=key
    )

    def wire(_peer: Peer, method: str, name: str, query: dict[str, str] | None, body: bytes) -> Answer:
        """No wire between two ends on one machine; the receiving side is the same."""
        try:
            return Answer(200, inbound.receive(down, body))
        except Refusal as refusal:
            return Answer(refusal.status, {"title": str(refusal)})

    for code in SHOWN:
        dataset = schemas.dataset(code)
        if isinstance(dataset, Dataset):
            capture.look(up, dataset, full=True)
    push.push_all(call=wire)
    Peer.objects.filter(pk=up.pk).update(is_active=False)
    return f"两个对接平台，{selectors.received('grid').count()} 个网格已上报并收到回执"
