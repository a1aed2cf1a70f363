"""Latency as counts on a logarithmic scale: merged by adding, whatever the order.

Pure. A step is 4 % wide, so a quantile is exact to 2 %. Packed, a step and its count are one integer.
"""

from collections.abc import Iterable, Mapping
from math import ceil, exp, log

SHORTEST_MS = 0.01
STEP = log(1.04)
# Below it the count of a step, above it the step itself: 31 bits in all.
COUNT_BITS = 22
MOST = (1 << COUNT_BITS) - 1
LAST = (1 << 31 - COUNT_BITS) - 1


def step(milliseconds: float) -> int:
    """The step of a duration above zero."""
    return min(max(ceil(log(milliseconds / SHORTEST_MS) / STEP), 0), LAST)


def milliseconds(step: int) -> float:
    """The middle of a step, on its own scale."""
    return SHORTEST_MS * exp((step - 0.5) * STEP) if step else SHORTEST_MS


def merge(histograms: Iterable[Iterable[int]]) -> dict[int, int]:
    """The counts of all these packed histograms, by step."""
    counts: dict[int, int] = {}
    for histogram in histograms:
        for packed in histogram:
            place = packed >> COUNT_BITS
            counts[place] = counts.get(place, 0) + (packed & MOST)
    return counts


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The duration in milliseconds that this share of all does not exceed; None of nothing."""
    wanted, passed = ceil(share * sum(counts.values())), 0
    for place in sorted(counts):
        passed += counts[place]
        if passed >= wanted:
            return milliseconds(place)
    return None
