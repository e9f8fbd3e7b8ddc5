"""Small structured values (a scoring rule, the inputs of an indicator) as people and files write them: JSON of one object or list."""

from __future__ import annotations

import json
from typing import Any

from zhujian.foundation.resources.kinds import Bad, Lines, plain

MOST = 4000


class Structure(Lines):
    """JSON text in, a Python object out; shown as it is written."""

    json_types = (dict, list)

    def show(self, value: Any) -> str:
        """One line of JSON; nothing for an empty one."""
        return json.dumps(value, ensure_ascii=False) if value and not isinstance(value, str) else str(value or "")

    def parse(self, raw: Any) -> Any:
        """The object; Bad when it is not one."""
        if isinstance(raw, (dict, list)):
            return raw
        text = plain(raw)
        if not text:
            return {}
        if len(text) > MOST:
            raise Bad("too_long", f"最多{MOST}个字，请精简。")
        try:
            found = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise Bad("json", '不是有效的JSON，请检查引号、逗号和括号，例如 {"kind": "share"}。') from None
        if not isinstance(found, (dict, list)):
            raise Bad("json", '应是一个JSON对象或列表，例如 {"kind": "share"}。')
        return found

    def schema(self) -> dict[str, Any]:
        """Any object or list."""
        return {"type": ["object", "array"]}

    def hint(self) -> str:
        """How to fill it in."""
        return "JSON格式"

    def example(self) -> str:
        """For a template."""
        return '{"kind": "share"}'


def _no_constant(name: str) -> Any:
    raise ValueError(name)
