"""What other modules may read about people and organisations."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhujian.foundation.identity.models import Account, Organisation, PersonalRecord, Post
from zhujian.foundation.identity.rules import usable_roles
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.memory import Memory
from zhujian.foundation.kernel.prepared import fetch

ORDER = {Post.Kind.FORMAL: 0, Post.Kind.ACTING: 1, Post.Kind.AGENT: 2, Post.Kind.DELEGATED: 3}

# The same as `open_posts` for one account.
OPEN_POSTS = """
FROM identity_post p JOIN identity_account a ON a.id = p.account_id JOIN identity_organisation o ON o.id = p.organisation_id
LEFT JOIN identity_post d ON d.id = p.delegated_from_id LEFT JOIN identity_account da ON da.id = d.account_id
WHERE p.account_id = %s AND o.is_active AND a.is_active
AND p.revoked_at IS NULL AND p.valid_from <= %s AND (p.valid_to IS NULL OR p.valid_to >= %s)
AND (d.id IS NULL OR (d.revoked_at IS NULL AND d.valid_from <= %s AND (d.valid_to IS NULL OR d.valid_to >= %s) AND da.is_active))
"""

# The same conditions, about a person who may have no post at all.
ACCOUNT_WITH_POSTS = """
FROM identity_account a LEFT JOIN (
  identity_post p JOIN identity_organisation o ON o.id = p.organisation_id AND o.is_active
  LEFT JOIN identity_post d ON d.id = p.delegated_from_id LEFT JOIN identity_account da ON da.id = d.account_id
) ON p.account_id = a.id AND a.is_active
AND p.revoked_at IS NULL AND p.valid_from <= %s AND (p.valid_to IS NULL OR p.valid_to >= %s)
AND (d.id IS NULL OR (d.revoked_at IS NULL AND d.valid_from <= %s AND (d.valid_to IS NULL OR d.valid_to >= %s) AND da.is_active))
WHERE a.id = %s
"""


def account(id: int) -> Account | None:
    """The account with this id, or None."""
    return Account.objects.filter(pk=id).first()


def organisation(code: str) -> Organisation | None:
    """The organisation with this 统一社会信用代码, or None."""
    return Organisation.objects.filter(code=code).first()


def organisation_named(name: str) -> Organisation | None:
    """The active organisation with exactly this full name; None when there is none or more than one."""
    found = list(Organisation.objects.filter(name=name.strip(), is_active=True)[:2])
    return found[0] if len(found) == 1 else None


def covering_codes(region_code: str) -> list[str]:
    """Codes of the regions that contain `region_code`, itself first, the province last (429000… is no region)."""
    found = [region_code]
    for size in (9, 6, 4, 2):
        code = region_code[:size].ljust(12, "0")
        if code not in found and code[2:] != "9000000000":
            found.append(code)
    return found


def organisation_for(authority: str, region_code: str) -> Organisation | None:
    """The active organisation that holds `authority` nearest to the region: 街镇, else county, city, province; or None."""
    held = _offices.get().get(authority, {})
    return next((copy(held[code]) for code in covering_codes(region_code) if code in held), None)


def _read_offices() -> dict[str, dict[str, Organisation]]:
    """authority -> region -> the office that holds it there (the one registered first, if there are several)."""
    found: dict[str, dict[str, Organisation]] = {}
    for org in Organisation.objects.exclude(authorities=[]).filter(is_active=True).order_by("pk"):
        for authority in org.authorities:
            found.setdefault(authority, {}).setdefault(org.region_code, org)
    return found


_offices = Memory("offices", _read_offices)


def open_posts(on: date | None = None) -> QuerySet[Post]:
    """Posts that may be used on a day (today), with account and organisation; delegated ones only while their source is open."""
    day = on or timezone.localdate()

    def still(prefix: str) -> Q:
        return (
            Q(**{f"{prefix}revoked_at__isnull": True, f"{prefix}valid_from__lte": day})
            & (Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": day}))
            & Q(**{f"{prefix}account__is_active": True})
        )

    return (
        Post.objects.filter(still(""), organisation__is_active=True)
        .filter(Q(delegated_from__isnull=True) | still("delegated_from__"))
        .select_related("organisation", "account", "delegated_from__account")
    )


def posts_of(who: Account | int, on: date | None = None) -> list[Post]:
    """The usable posts of one account, formal ones first. Asked with every request, therefore prepared."""
    day = on or timezone.localdate()
    shape = ((Account, "a"), (Post, "p"), (Organisation, "o"), (Post, "d"), (Account, "da"))
    params = [who.pk if isinstance(who, Account) else who, day, day, day, day]
    return _tied(fetch(shape, OPEN_POSTS, params))


def signed_in(account_id: int) -> tuple[Account, list[Post]] | None:
    """The account and its usable posts of today, in one statement: what every request of a signed-in person begins with."""
    day = timezone.localdate()
    shape = ((Account, "a"), (Post, "p"), (Organisation, "o"), (Post, "d"), (Account, "da"))
    rows = fetch(shape, ACCOUNT_WITH_POSTS, [day, day, day, day, account_id])
    return (rows[0][0], _tied([row for row in rows if row[1] is not None])) if rows else None


def _tied(rows: list[tuple]) -> list[Post]:
    """Posts of rows (account, post, organisation, post it is delegated from, its account), tied together; formal ones first."""
    found = []
    for person, post, organisation, source, lender in rows:
        post.account, post.organisation, post.delegated_from = person, organisation, source
        if source is not None:
            source.account = lender
        found.append(post)
    return sorted(found, key=lambda post: (ORDER.get(post.kind, 9), post.pk))


def roles_of(post: Post) -> frozenset[str]:
    """Roles the post gives today."""
    return usable_roles(post.roles, post.delegated_from.roles if post.delegated_from_id else None)


def people_with(role: str, organisation_id: int) -> list[Account]:
    """Accounts whose open posts in the organisation give `role`, each once, by name."""
    found = {
        p.account_id: p.account
        for p in open_posts().filter(organisation=organisation_id, roles__contains=[role])
        if role in roles_of(p)
    }
    return sorted(found.values(), key=lambda a: (a.name, a.pk))


def scope_for(who: Account, post: Post | None = None, *, source_ip: str = "") -> scope.Scope:
    """The scope of an account acting in `post` (one of `posts_of`), or as a private person when None.

    Officials get the region range of their organisation; 三员 get no business rows; enterprise agents get their firm's and
    their own rows only; residents their own.
    """
    person = f"person:{who.pk}"
    common = {"actor_id": who.pk, "actor_name": who.name, "source_ip": source_ip}
    if post is None:
        roles = {"public", "signed_in"} | ({"resident"} if who.kind != Account.Kind.OFFICIAL else set())
        kind = "resident" if who.kind != Account.Kind.OFFICIAL else "official"
        return scope.Scope(kind=kind, keys=(person,), roles=frozenset(roles), **common)
    org = post.organisation
    common |= {
        "post_id": post.pk, "org_id": org.pk, "org_name": org.name, "region_code": org.region_code,
        "roles": roles_of(post) | {"public", "signed_in"}, "authorities": frozenset(org.authorities),
    }  # fmt: skip
    if post.duty_class != Account.Duty.BUSINESS:
        keys = (person, f"post:{post.pk}", f"role:{post.duty_class}")
        return scope.Scope(kind="official", keys=keys, **common)
    keys = (person, f"post:{post.pk}", f"org:{org.code}")
    if not org.is_public_body:
        return scope.Scope(kind="enterprise", keys=keys, **common)
    lo, hi = scope.region_range(org.region_code)
    return scope.Scope(kind="official", region_lo=lo, region_hi=hi, keys=keys, **common)


def people_behind(keys: Iterable[str], roles: Collection[str] = ()) -> dict[int, str]:
    """Active accounts behind party keys, each with the first key that reaches it.

    ``person:`` is the account, ``post:`` its holder, ``org:`` everybody in post there today (with `roles`: only those whose
    post gives one of them).
    """
    found: dict[int, str] = {}
    wanted = list(dict.fromkeys(keys))
    persons = {int(key[7:]): key for key in wanted if key.startswith("person:") and key[7:].isdecimal()}
    for pk in Account.objects.filter(pk__in=persons, is_active=True).values_list("pk", flat=True):
        found[pk] = persons[pk]
    posts = [int(key[5:]) for key in wanted if key.startswith("post:") and key[5:].isdecimal()]
    codes = [key[4:] for key in wanted if key.startswith("org:")]
    if posts or codes:
        for post in open_posts().filter(Q(pk__in=posts) | Q(organisation__code__in=codes)):
            if post.pk in posts:
                found.setdefault(post.account_id, f"post:{post.pk}")
            elif not roles or roles_of(post) & set(roles):
                found.setdefault(post.account_id, f"org:{post.organisation.code}")
    return found


def phones(account_ids: Iterable[int]) -> dict[int, str]:
    """Mobile numbers by account, for sending texts; needs a system scope, everybody else sees only their own."""
    rows = PersonalRecord.objects.filter(account__in=list(account_ids)).exclude(phone_hash="")
    return {row.account_id: row.phone for row in rows}
