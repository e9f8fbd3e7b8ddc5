"""How a value becomes points: shares, completed steps below a target, bands, points off for each item. Data, not code.

A rule is a small JSON object that a city writes (see `check`). Points are exact fractions; they are rounded when shown.
Source: urban-management sheet §1.4 (composites of cities) and §3.3 (deduction "per 5%" counts completed steps unless 不足按…计).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from zhujian.foundation.kernel.errors import Reason

Number = int | Decimal | Fraction
KINDS = ("share", "steps", "bands", "items")
ROUNDING = {"down": "不足一档不扣", "up": "不足一档按一档扣", "exact": "按比例扣"}
LIMIT = Fraction(1_000_000_000)


def number(value: object) -> Fraction | None:
    """A finite number of moderate size as an exact fraction; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str, Fraction)):
        return None
    try:
        found = Fraction(str(value)) if not isinstance(value, Fraction) else value
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if abs(found) <= LIMIT else None


def check(rule: object, known: Collection[str] = ()) -> list[Reason]:
    """Reasons against a scoring rule; `known`: the counts that ``items`` may name."""

    def wrong(code: str, message: str) -> list[Reason]:
        return [Reason(f"scoring.{code}", message, "scoring")]

    if not isinstance(rule, dict) or rule.get("kind") not in KINDS:
        return wrong("kind", "计分规则应写明 kind：share（按比例）、steps（按档扣分）、bands（分段给分）或 items（按件扣分）。")
    kind = rule["kind"]
    if kind == "steps":
        per, each, target = number(rule.get("per")), number(rule.get("each")), number(rule.get("target"))
        if target is None or per is None or each is None or per <= 0 or each < 0:
            return wrong("steps", "按档扣分应写明 target（满分线）、per（每档多少，大于0）和 each（每档扣几分）。")
        if rule.get("round", "down") not in ROUNDING:
            return wrong("round", "round 只能是 down（不足一档不扣）、up（不足一档按一档）或 exact（按比例）。")
    if kind == "bands":
        bands = rule.get("bands")
        pairs = bands if isinstance(bands, list) and 0 < len(bands) <= 20 else []
        values = [[number(part) for part in pair] if isinstance(pair, list) and len(pair) == 2 else [None] for pair in pairs]
        if not values or any(part is None for pair in values for part in pair):
            return wrong("bands", "分段给分应写成 [[下限, 得分], …]，例如 [[90, 10], [80, 8], [0, 0]]。")
        bounds = [pair[0] for pair in values if pair[0] is not None]
        if bounds not in (sorted(set(bounds)), sorted(set(bounds), reverse=True)):
            return wrong("bands", "分段界限应从高到低（越小越好的指标从低到高），且不重复。")
    if kind == "items":
        items = rule.get("items")
        if (
            not isinstance(items, list)
            or not 0 < len(items) <= 20
            or any(not isinstance(one, list) or len(one) != 2 for one in items)
        ):
            return wrong("items", '按件扣分应写成 [[统计数, 每件分值], …]，例如 [["reworks", 0.2]]。')
        if any((each := number(one[1])) is None or each < 0 for one in items):
            return wrong("items", "每件分值应是不小于0的数字。")
        if unknown := sorted(str(one[0]) for one in items if str(one[0]) not in known):
            return wrong("name", f"“{'、'.join(unknown)}”不是已登记的统计数，请核对名称。")
    return []


def points(
    rule: Mapping[str, Any],
    full: Number,
    value: Fraction | None,
    *,
    lower: bool = False,
    counts: Mapping[str, Number] | None = None,
) -> Fraction | None:
    """Points of `full` for `value` (in the indicator's unit); None when the value is not defined. `lower`: less is better.

    ``share``: that share of `full`. ``steps``: `each` off for every `per` short of `target`, never below 0. ``bands``: the points of
    the first band reached (bounds are least values, or greatest ones when less is better). ``items``: points off for each counted item (`value` is not needed).
    """
    most, kind = Fraction(full), rule["kind"]
    if kind == "items":
        return max(Fraction(0), most - amount(rule, counts or {}))
    if value is None:
        return None
    if kind == "share":
        part = min(max(value / 100, Fraction(0)), Fraction(1))
        return most * (1 - part if lower else part)
    if kind == "bands":
        for least, given in rule["bands"]:
            bound = Fraction(str(least))
            if value <= bound if lower else value >= bound:
                return min(most, Fraction(str(given)))
        return Fraction(0)
    target, per, each = (Fraction(str(rule[name])) for name in ("target", "per", "each"))
    short = max(value - target if lower else target - value, Fraction(0))
    return max(Fraction(0), most - steps(short, per, rule.get("round", "down")) * each)


def steps(short: Fraction, per: Fraction, rounding: str = "down") -> Fraction:
    """How many steps of `per` lie in `short`: completed ones, begun ones (``up``) or exactly."""
    exact = short / per
    if rounding == "exact":
        return exact
    whole = exact.numerator // exact.denominator
    return Fraction(whole + 1 if rounding == "up" and exact != whole else whole)


def amount(rule: Mapping[str, Any], counts: Mapping[str, Number]) -> Fraction:
    """Σ counted items × points each, of an ``items`` rule; a count that is not there is KeyError."""
    return sum((Fraction(counts[name]) * Fraction(str(each)) for name, each in rule["items"]), Fraction(0))


def words(rule: Mapping[str, Any], full: Number, titles: Mapping[str, str], *, unit: str = "%", lower: bool = False) -> str:
    """The rule in a sentence."""
    kind = rule["kind"]
    if kind == "share":
        return f"满分{full}分，按{'（100−指标值）' if lower else '指标值'}的百分比得分"
    if kind == "steps":
        side = "不超过" if lower else "达到"
        off = "高出" if lower else "低于"
        said = f"{side}{rule['target']}{unit}得{full}分，每{off}{rule['per']}{unit}扣{rule['each']}分"
        return f"{said}，{ROUNDING[rule.get('round', 'down')]}，扣完为止"
    if kind == "bands":
        return "；".join(f"{bound}{unit}以{'下' if lower else '上'}{given}分" for bound, given in rule["bands"])
    return (
        f"满分{full}分，" + "，".join(f"每{titles.get(name, name)}1件扣{each}分" for name, each in rule["items"]) + "，扣完为止"
    )
