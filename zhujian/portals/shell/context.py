"""What every page needs to know."""

from __future__ import annotations

from django.http import HttpRequest

from zhujian.foundation.kernel import scope


def shell(request: HttpRequest) -> dict[str, object]:
    """Who acts, and whether the person asked for the 长辈版."""
    return {"who": scope.current(), "elder": request.COOKIES.get("elder") == "1"}
