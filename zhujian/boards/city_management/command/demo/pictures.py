"""Drawn photos for the demo: a street, and on it what is complained of; the same place without it when it is mended."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (640, 480)
COLOURS = {"01": (92, 74, 52), "02": (196, 58, 48), "03": (214, 160, 62), "04": (70, 110, 60), "05": (62, 104, 150)}


def draw(code: str, *, mended: bool, seed: int) -> bytes:
    """A JPEG of a street; `code` chooses what lies on it."""
    pick = random.Random(seed)
    image = Image.new("RGB", SIZE, (168, 196, 222))
    pen = ImageDraw.Draw(image)
    left = 0
    while left < SIZE[0]:  # houses
        wide, high = pick.randint(60, 120), pick.randint(120, 220)
        shade = pick.randint(150, 210)
        pen.rectangle((left, 260 - high, left + wide, 260), fill=(shade, shade - 12, shade - 24))
        for x in range(left + 10, left + wide - 14, 24):
            for y in range(270 - high, 240, 34):
                pen.rectangle((x, y, x + 12, y + 18), fill=(96, 112, 130))
        left += wide + pick.randint(2, 14)
    pen.rectangle((0, 260, *SIZE), fill=(176, 172, 164))  # pavement
    pen.polygon(((0, 480), (0, 380), (640, 320), (640, 480)), fill=(94, 96, 100))  # road
    for x in range(0, 640, 90):
        pen.line((x, 436 - x // 12, x + 46, 432 - x // 12), fill=(230, 230, 224), width=4)
    if not mended:
        colour = COLOURS.get(code[:2], (92, 74, 52))
        for _ in range(pick.randint(7, 14)):
            x, y = pick.gauss(330, 70), pick.gauss(330, 22)
            wide, high = pick.randint(16, 54), pick.randint(10, 34)
            tone = tuple(max(0, min(255, part + pick.randint(-30, 30))) for part in colour)
            pen.ellipse((x, y, x + wide, y + high), fill=tone, outline=(40, 34, 28))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70)
    return out.getvalue()
