"""Candidates measured in turns, so that what else the machine does meets all alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Call = Callable[[], Any]


class Spread(NamedTuple):
    """Median and quartiles."""

    median: float
    low: float
    high: float


def spread(values: Any) -> Spread:
    """Median and quartiles of numbers.

    >>> spread([1.0, 2.0, 3.0, 4.0, 5.0])
    Spread(median=3.0, low=2.0, high=4.0)
    """
    low, median, high = np.percentile(values, [25, 50, 75])
    return Spread(float(median), float(low), float(high))


def alternate(
    calls: Mapping[str, Call], repeats: int, seconds: float = 0.02
) -> dict[str, np.ndarray]:
    """Seconds of each call: (repeats,) by name, measured A, B, ..., A, B, ...

    Args:
        calls: each returns when its work is done. The first calls, which compile, are
            not counted; nor is one before every turn, which wakes what slept.
        repeats: how many turns each has.
        seconds: a turn lasts about so long: a short call is made several times, and
            the turn counts by their median.
    """
    counts = {}
    for name, call in calls.items():
        call(), call()
        counts[name] = max(1, min(1000, round(seconds / max(_timed(call, 1), 1e-7))))
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            if counts[name] > 1:
                call()
            found[name].append(_timed(call, counts[name]))
    return {name: np.array(times) for name, times in found.items()}


def _timed(call: Call, count: int) -> float:
    """The median of some calls: one that another process interrupts does not count."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def ratio(times: Mapping[str, np.ndarray], of: str, to: str) -> Spread:
    """The time of one relative to the other, turn by turn.

    >>> ratio({"a": np.array([2.0, 4.0]), "b": np.array([1.0, 2.0])}, "a", "b").median
    2.0
    """
    return spread(times[of] / times[to])


def slope(sizes: Any, values: Any) -> float:
    """The exponent e of values that grow as size^e: a line through the logarithms.

    >>> round(slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
