"""Loads the types of certificates that the modules declare in ``certificate_types.toml``."""

from __future__ import annotations

import re
import tomllib

from zhujian.foundation.certificates.models import CertificateType
from zhujian.foundation.certificates.rules import SurfaceField
from zhujian.foundation.kernel.registry import modules

PLAIN = ("code", "name", "defining_body", "holder_kind", "validity_months", "template", "layout", "basis", "confidence")


def load() -> str:
    """Bring the register in line with the files; idempotent."""
    count = 0
    for mod in modules():
        path = mod.file("certificate_types.toml")
        if not path.exists():
            continue
        for raw in tomllib.loads(path.read_text(encoding="utf-8"))["type"]:
            if not re.fullmatch(r"[0-9A-Z]{18}[0-9A-Z]{3}", raw["code"]):
                raise ValueError(f"{path}: {raw['code']} 不是 21 位证照类型代码")
            fields = raw.get("fields", [])
            for field in fields:
                SurfaceField(**field)  # an unknown word in the file fails here, with the file's own traceback
            values = {name: raw[name] for name in PLAIN if name in raw}
            CertificateType.objects.update_or_create(key=raw["key"], defaults={**values, "surface_fields": fields})
            count += 1
    return f"{count} 种证照类型"
