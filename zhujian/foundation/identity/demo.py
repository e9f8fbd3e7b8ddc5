"""Demo people and organisations of Hubei: the same ones on every machine, none of them real.

Organisation codes and identity numbers pass their checks; the numbers use an area code that was never given out (420199).
The password and the second factor's secret are published here on purpose: they open accounts only while ``settings.DEMO``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from zhujian.foundation.identity import demo_places as places
from zhujian.foundation.identity import mfa
from zhujian.foundation.identity.models import Account, Organisation, PersonalRecord, Post
from zhujian.foundation.identity.roles import title
from zhujian.foundation.identity.rules import duty_of
from zhujian.foundation.identity.services.accounts import DOCUMENT, PHONE
from zhujian.foundation.kernel.codes import id_card_char, organisation_code_char, uscc_char
from zhujian.foundation.kernel.crypto import keyed_hash

DEMO_PASSWORD = "Zhujian#2026"
DEMO_TOTP = "NB2WEZLJONUHK2TJMFXGI3LP"
SINCE = date(2024, 1, 2)


@cache
def usernames() -> frozenset[str]:
    """Every login name of the demo."""
    return frozenset(row["username"] for row in people())


def picks() -> list[tuple[str, str, str]]:
    """One login per role worth showing: (heading, login name, what to see with it)."""
    return places.PICKS


def login_groups() -> list[tuple[str, list[dict[str, str]]]]:
    """The picks by heading, as the login page's demo box shows them."""
    rows = {row["username"]: row for row in people()}
    groups: dict[str, list[dict[str, str]]] = {}
    for heading, username, about in picks():
        groups.setdefault(heading, []).append({"username": username, "about": about, "name": rows[username]["name"]})
    return list(groups.items())


def load() -> str:
    """Create what is missing; returns how much there is."""
    made = _organisations()
    _accounts(made)
    return f"{Organisation.objects.count()} 个单位，{Account.objects.count()} 个账号"


def _uscc(lead: str, region: str, serial: int) -> str:
    body = f"MD{serial:06d}"
    first = f"{lead}{region[:6]}{body}{organisation_code_char(body)}"
    return first + uscc_char(first)


def organisations() -> Iterator[dict]:
    """Departments of the province, the demo cities and counties, then firms; parents before children."""
    serial = count(1)
    for region, (name, authorities) in places.REGIONS.items():
        for authority in authorities:
            kind, pattern = places.DEPARTMENTS[authority]
            own = places.NAMES.get((authority, region))
            lead = {"department": "11", "institution": "12"}[kind]
            yield {
                "code": _uscc(lead, region, next(serial)), "name": own or name + pattern, "kind": kind,
                "authorities": [authority], "region_code": region, "legal_representative": _name(f"head{authority}{region}"),
                "address": f"{name}{places.STREETS[next(serial) % len(places.STREETS)]}{next(serial) % 180 + 1}号",
            }  # fmt: skip
    for number, (name, trades, region) in enumerate(places.FIRMS, 500):
        yield {
            "code": _uscc("91", region, number), "name": name, "kind": "enterprise", "authorities": list(places.FIRM_AUTHORITIES.get(name, ())),
            "trades": list(trades), "region_code": region, "legal_representative": _name(f"head{name}"),
            "address": f"{places.REGIONS[region][0]}{places.STREETS[number % len(places.STREETS)]}{number - 480}号",
        }  # fmt: skip
    serial = count(800)
    for region, authorities in places.CENTRES.items():
        for authority in authorities:
            name, number = places.REGIONS[region][0], next(serial)
            yield {
                "code": _uscc("12", region, number), "name": name + places.DEPARTMENTS[authority][1], "kind": "institution",
                "authorities": [authority], "region_code": region, "legal_representative": _name(f"head{authority}{region}"),
                "address": f"{name}{places.STREETS[number % len(places.STREETS)]}{number - 790}号",
            }  # fmt: skip


def _parent(region: str, authority: str, made: dict[tuple[str, str], Organisation]) -> Organisation | None:
    """A department stands below its region's government, an institution below the housing department, a government below the next."""
    if authority == "GOV":
        above = [code for code in places.above(region) if (code, "GOV") in made]
        return made[above[0], "GOV"] if above else None
    if authority in ("UMS", "UMC"):
        return made.get((region, "UMB"))
    over = "HUD" if places.DEPARTMENTS[authority][0] == "institution" and (region, "HUD") in made else "GOV"
    return made.get((region, over)) or made.get((region, "GOV"))


def _organisations() -> dict[tuple[str, str], Organisation]:
    made: dict[tuple[str, str], Organisation] = {}
    firms = 0
    for row in organisations():
        found, _ = Organisation.objects.get_or_create(code=row["code"], defaults=row)
        if row["kind"] == "enterprise":
            made["firm", str(firms)] = found
            firms += 1
        else:
            made[row["region_code"], row["authorities"][0]] = found
    for (region, authority), organisation in made.items():
        if region != "firm" and organisation.parent_id is None and (parent := _parent(region, authority, made)):
            organisation.parent = parent
            organisation.save(update_fields=["parent"])
    return made


def _name(seed: str) -> str:
    pick = random.Random(f"zhujian-{seed}")
    given = pick.choice(places.GIVEN) + (pick.choice(places.GIVEN) if pick.random() < 0.6 else "")
    return pick.choice(places.SURNAMES) + given


@cache
def people() -> tuple[dict, ...]:
    """Every demo person: username, name, kind, posts as (region, authority, title, roles)."""
    rows = []
    for region, (_, authorities) in places.REGIONS.items():
        for authority in authorities:
            for post_title, roles in places.staff(authority):
                username = f"{roles[-1]}.{authority.lower()}.{region[:6]}"
                post = (region, authority, post_title, roles)
                rows.append({"username": username, "name": _name(username), "kind": "official", "posts": [post]})
    for role, post_title in places.SPECIAL:
        post = (places.PROVINCE, "HUD", post_title, [role])
        rows.append({"username": role, "name": _name(role), "kind": "official", "posts": [post]})
    for number, (firm, trades, _) in enumerate(places.FIRMS):
        username = f"{trades[0].lower()}{number + 1:02d}"
        post = ("firm", str(number), "企业管理员", ["firm_agent"])
        rows.append({"username": username, "name": _name(f"agent{firm}"), "kind": "enterprise", "posts": [post]})
        if number % 3 == 0:
            post = ("firm", str(number), "报建经办人", ["firm_agent"])
            rows.append({"username": f"{username}b", "name": _name(f"second{firm}"), "kind": "enterprise", "posts": [post]})
    for number in range(1, 9):
        rows.append({"username": f"resident{number}", "name": _name(f"resident{number}"), "kind": "resident", "posts": []})
    for region, authority, post_title, roles, username in places.centre_staff():
        kind = "enterprise" if region == "firm" else "official"
        rows.append(
            {"username": username, "name": _name(username), "kind": kind, "posts": [(region, authority, post_title, roles)]}
        )
    return tuple(rows)


def identity_number(index: int, seed: str) -> str:
    """A number that passes GB 11643 and belongs to nobody: area code 420199 was never given out."""
    pick = random.Random(seed)
    born = date(pick.randint(1968, 2000), pick.randint(1, 12), pick.randint(1, 28))
    first = f"420199{born:%Y%m%d}{index % 1000:03d}"
    return first + id_card_char(first)


def _accounts(made: dict[tuple[str, str], Organisation]) -> None:
    known = set(Account.objects.values_list("username", flat=True))
    word, now = make_password(DEMO_PASSWORD), timezone.now()
    records = []
    for index, row in enumerate(people()):
        if row["username"] in known:
            continue
        duty = duty_of(row["posts"][0][3]) if row["posts"] else "business"
        account = Account.objects.create(
            username=row["username"], name=row["name"], kind=row["kind"], duty_class=duty, password=word, password_changed_at=now
        )
        number, phone = identity_number(index, row["username"]), f"199{index:08d}"
        records.append(
            PersonalRecord(
                account=account, document_number=number, document_hash=keyed_hash(DOCUMENT, f"id_card:{number}"), phone=phone,
                phone_hash=keyed_hash(PHONE, phone), parties=[f"person:{account.pk}"],
            )
        )  # fmt: skip
        for region, authority, post_title, roles in row["posts"]:
            Post.objects.create(
                account=account, organisation=made[region, authority], duty_class=duty, title=post_title, roles=sorted(roles),
                kind="agent" if region == "firm" else "formal", valid_from=SINCE, firm_admin=post_title == "企业管理员",
                basis="演示数据",
            )  # fmt: skip
        if row["kind"] == "official":
            mfa.install(account, DEMO_TOTP)
    PersonalRecord.objects.bulk_create(records, batch_size=200)
    _second_posts(made)


def _second_posts(made: dict[tuple[str, str], Organisation]) -> None:
    """One person with an acting post beside the formal one, and one delegation, so that both can be seen."""
    head = Account.objects.get(username=f"approver.hud.{places.WUCHANG[:6]}")
    today = timezone.localdate()
    Post.objects.get_or_create(
        account=head, organisation=made[places.HONGSHAN, "HUD"], kind="acting", title="负责人（代理）",
        defaults={"roles": ["approver"], "valid_from": SINCE, "valid_to": date(today.year + 1, 12, 31), "basis": "演示数据"},
    )  # fmt: skip
    colleague = Account.objects.get(username=f"reviewer.hud.{places.WUHAN[:6]}")
    lender = Post.objects.get(account__username=f"approver.hud.{places.WUHAN[:6]}", kind="formal")
    Post.objects.get_or_create(
        account=colleague, organisation=lender.organisation, kind="delegated", delegated_from=lender,
        defaults={
            "title": f"{lender.title}（受托）", "roles": ["approver"], "valid_from": today, "valid_to": date(today.year + 1, 12, 31),
            "basis": "演示：外出培训期间代办", "granted_by": lender.account_id,
        },
    )  # fmt: skip


def role_titles(row: dict) -> str:
    """Chinese names of a demo person's roles."""
    if not row["posts"]:
        return title("resident")
    return "、".join(title(role) for role in row["posts"][0][3])
