"""The demo district's facilities: roads, pipes, lamps, covers, with owners, a census in the middle of its life, covers without an owner."""

from __future__ import annotations

from typing import Any

from zhujian.boards.urban_rural.municipal_assets.demo import network, stories
from zhujian.boards.urban_rural.municipal_assets.services import city
from zhujian.foundation.cim import generator
from zhujian.foundation.events import services as events
from zhujian.foundation.identity.models import Organisation

WATER, BUILDER = "武汉汉水供水有限公司", "武汉东湖市政工程有限公司"
# Firms that exist in the demo only by name: nobody has registered them yet.
GAS, HEAT, POWER, TELECOM = "武汉楚能天然气有限公司", "武汉东湖热力有限公司", "武汉洪山供电公司", "武汉光谷通信管道有限公司"


def load() -> str:
    """Load the district; returns what there is."""
    made = generator.district(generator.DEMO)
    batch = stories.plan_census(made)
    bodies = who(made.region_code)
    surveyed = {"YS", "WS"}
    count = city.write_city(made, lambda kind: {**bodies(kind), "batch": batch.pk} if kind in surveyed else bodies(kind))
    count += stories.past_and_future(made, bodies)
    stories.walk_census(batch)
    cases = stories.ownerless(made.region_code)
    late = stories.as_built(made.region_code)
    events.publish(
        "asset.imported", subject="municipal_assets.road:demo", region_code=made.region_code,
        payload={"resource": "demo", "created": count, "updated": 0},
    )  # fmt: skip
    return f"{count} 处设施，1 个普查批次（{batch.code}），{cases} 个无主井盖案件，{late} 项竣工测量，{network.load(made.region_code)}"


def who(region: str) -> Any:
    """The three bodies by kind of facility. A body that is registered gives its code too, and so sees its facilities."""
    known = {one.name: one.code for one in Organisation.objects.all()}

    def body(name: str) -> tuple[str, str]:
        return known.get(name, ""), name

    def office(authority: str) -> tuple[str, str]:
        found = Organisation.objects.filter(region_code=region, authorities__contains=[authority]).order_by("id").first()
        return (found.code, found.name) if found else ("", "")

    housing, water, streets = office("HUD"), office("WRB"), office("UMB")
    public = city.bodies(housing, body(BUILDER), housing)
    drains = city.bodies(water, body(BUILDER), water)
    table = {
        "road": public, "bridge": public, "tunnel": public, "gallery": public, "lamp": city.bodies(streets, body(BUILDER), streets),
        "YS": drains, "WS": drains, "JS": city.bodies(body(WATER), body(WATER), water), "TR": city.bodies(("", GAS), ("", GAS), housing),
        "RS": city.bodies(("", HEAT), ("", HEAT), housing), "GD": city.bodies(("", POWER), ("", POWER), housing),
        "DX": city.bodies(("", TELECOM), ("", TELECOM), housing),
    }  # fmt: skip
    return lambda kind: table.get(kind, {})
