"""What every page needs to know."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from zhujian.foundation.kernel import scope
from zhujian.portals.shell import selectors
from zhujian.portals.shell.menu import menu_html

HOMES = {"official": "workbench:home", "enterprise": "enterprise:home", "resident": "public:home"}
PERSON_LINKS = (
    ("个人设置与安全", "account", "settings"),
    ("企业经办人", "firm_agents", "people"),
    ("我的委托", "delegations", "switch"),
)


@cache
def first_route(*names: str) -> str:
    """Address of the first of these routes that exists, or an empty string."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def shell(request: HttpRequest) -> dict[str, object]:
    """Who acts, the menu, counters, and whether the person asked for the 长辈版. Counters are read when a page shows them."""
    who = scope.current()
    signed_in = who.actor_id is not None
    return {
        "who": who,
        "signed_in": signed_in,
        "posts": getattr(request, "posts", []),
        "elder": request.COOKIES.get("elder") == "1",
        "menu_closed": request.COOKIES.get("menu") == "0",
        "brand": selectors.brand(),
        "menu": menu_html(who, request.path) if signed_in else "",
        "home": (signed_in and first_route(HOMES.get(who.kind, ""))) or "/",
        "search_url": first_route("workbench:search") if signed_in else "",
        "todo_url": first_route("workflow:todo", "workflow:tasks", "workbench:home") if who.kind != "resident" else "",
        "inbox_url": first_route("messages:inbox", "inbox:list", "inbox:inbox"),
        "counters_url": first_route("workbench:counters"),
        "login_url": first_route("login"),
        "logout_url": first_route("logout"),
        "switch_url": first_route("switch_post"),
        "person_links": [
            {"title": title, "url": url, "icon": icon} for title, name, icon in PERSON_LINKS if (url := first_route(name))
        ],
    }
