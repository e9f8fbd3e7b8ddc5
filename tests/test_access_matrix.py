"""The authorisation matrix: no route without a row, and every role is let in or turned away as the matrix says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from zlib import crc32

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from zhujian.foundation.identity import testing
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.roles import roles
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import grants, roles_for
from zhujian.foundation.kernel.errors import NotAllowed

# Routes that need no row, and why. Empty on purpose: static files are served before any view, the API is made of rows.
EXEMPT: dict[str, str] = {}
# A page is rendered whole for this many of the roles its row names: the roles share the view, and the suite its time.
EACH = 5
FILL = {"int": "999999999", "slug": "none", "str": "none", "path": "none", "uuid": "00000000-0000-0000-0000-000000000000"}
REGION = "420100000000"


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the platform with its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


ROUTES = [(route, view) for route, view in routes() if route not in EXEMPT]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def rows_of(view: Any) -> dict[str, tuple[str, str]]:
    """Row of the matrix by HTTP method; ``*`` for all."""
    return getattr(view, "access_rows", None) or {"*": view.access_row}


def address(route: str) -> str:
    """A path for a route, its arguments filled with what does not exist."""
    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda match: FILL[match.group(1) or "str"], route)
    return "/" + filled.replace("^", "").replace("$", "").replace("/999999999/999999999/999999999.mvt", "/0/0/0.mvt")


def test_no_route_without_a_row() -> None:
    bare = [route for route, view in ROUTES if not getattr(view, "access_row", None)]
    assert bare == [], "put @access(resource, action) on these views"
    nobody = [(route, *row) for route, view in ROUTES for row in rows_of(view).values() if not roles_for(*row)]
    assert nobody == [], "no access.csv names these"
    assert len(ROUTES) > 100


def test_every_role_of_the_matrix_is_known() -> None:
    assert {grant.role for grant in grants()} - set(roles()) - {"system"} == set()


def test_every_row_has_a_resource_of_its_module() -> None:
    """A module grants what is its own; nobody opens another room's door."""
    assert [grant for grant in grants() if grant.resource.split(".")[0] != grant.module] == []


def test_the_three_administrators_have_no_business(db) -> None:
    """三员 act on people, rights, logs and the running of the system; no board's resource is theirs."""
    from zhujian.foundation.kernel.registry import modules

    boards = {mod.code for mod in modules() if mod.layer not in {"foundation", "portals"}}
    wrong = [g for g in grants() if g.role in {"system_admin", "security_admin", "auditor"} and g.module in boards]
    assert wrong == []


def test_system_admin_grants_nothing_and_security_admin_creates_nobody() -> None:
    assert not {"system_admin", "auditor"} & roles_for("identity.post", "grant")
    assert not {"security_admin", "auditor"} & roles_for("identity.account", "manage")


def person(role: str) -> Account | None:
    """Somebody who has just this role (and what everybody has)."""
    if role == "public":
        return None
    if role in {"resident", "signed_in"}:
        return testing.make_resident()
    if role == "firm_agent":
        return testing.make_enterprise()
    return testing.make_official(REGION, roles=[role])


@pytest.fixture
def browser(request, db) -> tuple[Client, scope.Scope]:
    """A signed-in client and the scope it acts in."""
    client, who = Client(raise_request_exception=True), person(request.param)
    if who is None:
        return client, scope.PUBLIC
    testing.login(client, who)
    return client, testing.scope_of(who)


every_role = pytest.mark.parametrize("browser", list(roles()), indirect=True)


def turned_away(view: Any, method: str, route: str, who: scope.Scope) -> str:
    """What a view does to somebody without its row: ``refused``, ``no such method``, or what it did instead."""
    request = RequestFactory().generic(method, address(route), headers={"Accept": "application/json"})
    request.user, request.session, request.scope, request.posts, request.post = AnonymousUser(), {}, who, [], None  # type: ignore[assignment, attr-defined]
    arguments = {name: 0 for name in re.findall(r"<(?:\w+:)?(\w+)>", route)}
    try:
        answer = view(request, **arguments)
    except NotAllowed as refusal:
        return "refused" if refusal.code == "access.denied" else f"ran into {refusal.code}"
    except Exception as error:  # the view ran: that is the finding
        return f"ran and raised {error!r}"
    return "no such method" if answer.status_code == 405 else f"answered {answer.status_code}"


@every_role
def test_whoever_the_matrix_leaves_out_is_turned_away_by_every_verb(browser: tuple[Client, scope.Scope]) -> None:
    """Before the view does anything at all: no database, no arguments looked at."""
    _, who = browser
    let_in = []
    with scope.acting(who):
        for route, view in ROUTES:
            rows = rows_of(view)
            methods = [m for m in METHODS if "*" in rows or m in rows]
            denied = [m for m in methods if not who.roles & roles_for(*(rows.get(m) or rows["*"]))]
            outcomes = {m: turned_away(view, m, route, who) for m in denied}
            if denied and not (set(outcomes.values()) <= {"refused", "no such method"} and "refused" in outcomes.values()):
                let_in.append((route, outcomes))
    assert let_in == []


def openers(route: str, row: tuple[str, str]) -> list[str]:
    """Roles that open a route in this test: at most `EACH` of those the row names, others for another route, so that each role opens its share."""
    named = sorted(roles_for(*row) & set(roles()))
    first = crc32(route.encode()) % len(named) if named else 0
    chosen = (named[first:] + named[:first])[:EACH]
    return chosen + [role for role in named if role not in chosen and first_page(role) == route]  # few pages are for residents


@cache
def first_page(role: str) -> str:
    """The first page that a role may open: there it is always asked, wherever else its turn comes."""
    return next(
        (route for route, view in ROUTES if "<" not in route and (row := opened_by(view)) and role in roles_for(*row)), ""
    )


def test_every_page_is_opened_by_somebody_and_every_role_opens_some() -> None:
    asked = {route: openers(route, row) for route, view in ROUTES if "<" not in route and (row := opened_by(view))}
    assert all(asked.values())
    assert set().union(*asked.values()) == {role for role in roles() if any(grant.role == role for grant in grants())}


def opened_by(view: Any) -> tuple[str, str] | None:
    """Row of the matrix that opens a page for reading."""
    rows = rows_of(view)
    return rows.get("GET") or rows.get("*")


@pytest.mark.parametrize("browser", list(roles()), indirect=True)
def test_whoever_the_matrix_names_is_let_in(browser: tuple[Client, scope.Scope], request: pytest.FixtureRequest) -> None:
    client, role = browser[0], request.node.callspec.params["browser"]
    refused = []
    for route, view in ROUTES:
        row = opened_by(view)
        if "<" in route or not row or role not in openers(route, row):
            continue
        answer = client.get(address(route))
        to_login = answer.status_code == 302 and answer["Location"].startswith("/login/?")
        if answer.status_code in {403, 500, 503} or to_login:
            refused.append((route, answer.status_code))
    assert refused == []


def test_a_visitor_is_asked_to_sign_in_and_brought_back(client, db) -> None:
    answer = client.get("/identity/accounts/?q=li")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=%2Fidentity%2Faccounts%2F%3Fq%3Dli"
    problem = client.get("/identity/accounts/", headers={"Accept": "application/json"})
    assert problem.status_code == 403 and problem["Content-Type"] == "application/problem+json"
