"""Readers of 城市管理基础 that no declared register holds in one row: divisions, organisations, people in post."""

from __future__ import annotations

from collections.abc import Iterator

from zhujian.boards.city_management.data_reporting.rules.schema import Schema
from zhujian.boards.city_management.data_reporting.services.sources import Row, register
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.identity.selectors import open_posts, roles_of
from zhujian.foundation.regions.selectors import children, region


def regions(schema: Schema, prefix: str, _ids: list[int] | None) -> Iterator[Row]:
    """Present divisions of a region, itself included."""
    top = region(prefix.ljust(12, "0"))
    waiting = [top] if top else []
    while waiting:
        one = waiting.pop()
        waiting += children(one.code)
        payload = {"code": one.code, "name": one.name, "level": one.level}
        if one.parent_code:
            payload["parent"] = one.parent_code
        yield Row(one.code, one.code, payload, None, None)


def organisations(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Departments, institutions and firms of a region; one that is no longer used says so."""
    rows = Organisation.objects.filter(region_code__startswith=prefix).select_related("parent").order_by("pk")
    for org in rows.filter(pk__in=ids) if ids is not None else rows:
        payload = {"code": org.code, "name": org.name, "kind": org.kind, "regionCode": org.region_code, "active": org.is_active}
        if org.parent:
            payload["parent"] = org.parent.code
        yield Row(org.code, org.region_code, payload, None, org.pk)


def people(schema: Schema, prefix: str, _ids: list[int] | None) -> Iterator[Row]:
    """People in post today in the public bodies of a region, one record per post."""
    posts = open_posts().filter(organisation__region_code__startswith=prefix, duty_class="business")
    for post in posts.order_by("pk"):
        if not post.organisation.is_public_body:
            continue
        payload = {
            "code": f"P{post.pk}", "name": post.account.name, "organisation": post.organisation.code, "post": post.title,
            "roles": sorted(roles_of(post)), "onDuty": True, "regionCode": post.organisation.region_code,
        }  # fmt: skip
        yield Row(payload["code"], post.organisation.region_code, payload, None, post.pk)


register("region", regions)
register("organisation", organisations)
register("person", people)
