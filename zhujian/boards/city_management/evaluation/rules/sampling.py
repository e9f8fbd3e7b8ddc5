"""Which places are looked at (实地抽查): a random sample that anybody can draw again from the kept seed.

The order of the population is given by SHA-256 of seed and code, so the sample depends on nothing else: not on the order of rows,
not on the machine. Sizes of strata follow the largest remainder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from zhujian.foundation.kernel.errors import Reason, Refusal, refuse_if

MOST = 100_000


def fingerprint(population: Mapping[str, Iterable[str]]) -> str:
    """SHA-256 (hex) of the population: proves later that the draw was made from this list and no other."""
    text = "\n".join(f"{stratum}\t{code}" for stratum in sorted(population) for code in sorted(set(population[stratum])))
    return hashlib.sha256(text.encode()).hexdigest()


def order(codes: Iterable[str], seed: str) -> list[str]:
    """Codes in the order in which they are drawn."""
    return sorted(set(codes), key=lambda code: (hashlib.sha256(f"{seed}\n{code}".encode()).digest(), code))


def sizes(population: Mapping[str, int], size: int) -> dict[str, int]:
    """How many of each stratum: in proportion, adding up to `size` (or to all there are); ties go to the stratum first by name."""
    whole = sum(population.values())
    wanted = min(size, whole)
    if not whole:
        return dict.fromkeys(population, 0)
    found = {name: wanted * number // whole for name, number in population.items()}
    rest = sorted(population, key=lambda name: (-(wanted * population[name] % whole), name))
    for name in rest[: wanted - sum(found.values())]:
        found[name] += 1
    return found


def draw(population: Mapping[str, Iterable[str]], size: int, seed: str) -> list[tuple[str, str]]:
    """(stratum, code) of the sample, in the order in which they are drawn; Refusal when nothing can be drawn."""
    reasons = []
    if not 0 < size <= MOST:
        reasons.append(Reason("sample.size", f"抽样数量应在1到{MOST}之间。", "size"))
    if len(seed) < 16:
        reasons.append(Reason("sample.seed", "随机种子至少16个字符，请由系统生成。", "seed"))
    strata = {name: sorted(set(codes)) for name, codes in population.items()}
    if not any(strata.values()):
        reasons.append(Reason("sample.empty", "没有可抽取的点位，请先登记抽查对象。", "kind"))
    refuse_if(reasons)
    wanted = sizes({name: len(codes) for name, codes in strata.items()}, size)
    return [(name, code) for name in sorted(strata) for code in order(strata[name], f"{seed}\n{name}")[: wanted[name]]]


def verify(population: Mapping[str, Iterable[str]], size: int, seed: str, drawn: list[tuple[str, str]]) -> bool:
    """Whether `drawn` is what the seed gives."""
    try:
        return draw(population, size, seed) == drawn
    except Refusal:
        return False
