"""Zip files: what is inside is weighed before it is unpacked, and never unpacked to disk."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from pathlib import PurePosixPath

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.sources import Source, broken

ENTRIES_MOST = 2000
UNPACKED_MOST = 400 * 1024 * 1024
RATIO_MOST = 200  # a shapefile of coordinates packs to a fifth; a hundredfold is already strange
WANTED = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".gpkg", ".geojson", ".json"}
FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip


def read(data: bytes, *, most: int, layer: str = "") -> Source:
    """The layer of a zip with shapefiles, or the one GeoPackage or GeoJSON in it."""
    from zhujian.foundation.resources.sources import geojsons, geopackages, shapefiles

    files = unpack(data)
    shps = sorted(name for name in files if name.lower().endswith(".shp"))
    if shps:
        chosen = layer if layer in [_stem(name) for name in shps] else _stem(shps[0])
        stem = next(name for name in shps if _stem(name) == chosen)[:-4]
        parts = {name[len(stem) :].lower(): body for name, body in files.items() if name[: len(stem)] == stem}
        source = shapefiles.read(parts, most=most)
        source.layer, source.layers = chosen, [_stem(name) for name in shps]
        return source
    others = [name for name in files if name.lower().endswith((".gpkg", ".geojson", ".json"))]
    if len(others) != 1:
        raise Refusal(
            "import.zip_content",
            "压缩包里没有找到 .shp（或一个 .gpkg、.geojson）文件，请把图层的全部文件一起压缩后上传。",
            "file",
        )
    body = files[others[0]]
    return geopackages.read(body, most=most, layer=layer) if body[:6] == b"SQLite" else geojsons.read(body, most=most)


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def unpack(data: bytes) -> dict[str, bytes]:
    """Name → bytes of the wanted parts. Refusal for bombs, passwords and damage."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            total = sum(part.file_size for part in parts)
            packed = max(1, sum(part.compress_size for part in parts))
            if len(parts) > ENTRIES_MOST or total > UNPACKED_MOST or (total > 1 << 20 and total / packed > RATIO_MOST):
                raise Refusal("import.bomb", "压缩包解压后过大，不像是图层成果，请检查内容或拆成几个压缩包。", "file")
            found: dict[str, bytes] = {}
            for part in parts:
                name = _name(part)
                if PurePosixPath(name).suffix.lower() not in WANTED or "__MACOSX" in name:
                    continue
                if part.flag_bits & 1:
                    raise Refusal("import.password", "压缩包设有密码，请去掉密码后重新压缩。", "file")
                with archive.open(part) as stream:
                    found[name] = stream.read(part.file_size + 1)  # no more than was declared and weighed
            return found
    except FAULTS as error:
        raise broken("压缩包") from error


def _name(part: zipfile.ZipInfo) -> str:
    """The name as it was meant: Windows packs Chinese names in GBK without saying so."""
    if part.flag_bits & 0x800:
        return part.filename
    try:
        return part.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return part.filename
