"""Papers of a facility: kept with the facility (all its versions), checked and stored by the documents room."""

from __future__ import annotations

from datetime import date

from django.core.files.base import File
from django.db import transaction

from zhujian.boards.urban_rural.municipal_assets.models import Asset, AssetFile
from zhujian.foundation.documents import services as documents
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.resources import registry


@transaction.atomic
def attach(record: Asset, upload: File | None, *, kind: str, title: str = "", dated: date | None = None) -> AssetFile:
    """Keep a file with a facility. Refusals: ``asset.file``, ``asset.file_once`` and those of `documents.services.store`."""
    if upload is None:
        raise Refusal("asset.file", "请选择要上传的文件。", "file")
    stored = documents.store(upload, region_code=record.region_code, parties=record.parties)
    if AssetFile.objects.filter(feature_id=record.feature_id, file=stored).exists():
        raise Conflict("asset.file_once", "这份资料已经在这处设施下了，不必重复上传。")
    resource = registry.of_model(type(record))
    made = AssetFile.objects.create(
        feature_id=record.feature_id, resource=resource.key if resource else "", kind=kind, title=(title.strip() or stored.name)[:120], dated=dated,
        file=stored, region_code=record.region_code, parties=record.parties, created_by=scope.current().actor_id,
    )  # fmt: skip
    evidence.record(
        "municipal_assets.file_attached", object_id=registry.subject_of(record), region_code=record.region_code, parties=record.parties,
        payload={"title": made.title, "kind": kind}, object_hash=stored.sm3,
    )  # fmt: skip
    return made


def papers(record: Asset) -> list[AssetFile]:
    """What is kept with a facility, newest first."""
    return list(AssetFile.objects.select_related("file").filter(feature_id=record.feature_id).order_by("-id"))
