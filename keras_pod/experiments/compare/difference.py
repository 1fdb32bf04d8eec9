"""Whether one thing exceeds another, from the results of several seeds."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from scipy import stats

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"


class Difference(NamedTuple):
    """How much one thing exceeds another over the seeds that both have.

    Attributes:
        decision: "holds" if it surely does, "does not hold", or "not decided".
        mean: of the differences; NaN without a shared seed.
        low, high: the 95 % interval of the mean; None with fewer than three seeds.
        seeds: how many.
    """

    decision: str
    mean: float
    low: float | None
    high: float | None
    seeds: int


def difference(
    a: Mapping[int, float], b: Mapping[int, float], by: float = 0.0
) -> Difference:
    """Whether a exceeds b, by the 95 % interval of their difference seed by seed.

    Fewer than three seeds, or differences that are all the same, decide nothing: such
    an interval means little.

    Args:
        a, b: results by seed.
        by: how much a has to exceed b.

    >>> difference({0: 2.0}, {0: 1.0})
    Difference(decision='not decided', mean=1.0, low=None, high=None, seeds=1)
    """
    shared = sorted(a.keys() & b.keys())
    gaps = [a[seed] - b[seed] for seed in shared]
    if not gaps:
        return Difference(OPEN, math.nan, None, None, 0)
    mean = sum(gaps) / len(gaps)
    if len(gaps) < 3:
        return Difference(OPEN, mean, None, None, len(gaps))
    error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (len(gaps) - 1) / len(gaps))
    reach = error * stats.t.ppf(0.975, len(gaps) - 1)
    low, high = mean - reach, mean + reach
    decision = HOLDS if low > by else FAILS if high < by else OPEN
    if error <= 1e-9 * max(map(abs, [*a.values(), *b.values()])):
        decision = OPEN
    return Difference(decision, mean, low, high, len(gaps))


def greater(
    a: Mapping[int, float], b: Mapping[int, float], by: float = 0.0
) -> tuple[str, str]:
    """The decision of `difference`, and its numbers as text.

    >>> greater({0: 2.0, 1: 2.1, 2: 1.9}, {0: 1.0, 1: 1.0, 2: 1.0})
    ('holds', '+1.00 [+0.75, +1.25], 3 seeds')
    >>> greater({0: 2.0}, {0: 1.0})
    ('not decided', '+1.00, 1 seed')
    """
    found = difference(a, b, by)
    if not found.seeds:
        return OPEN, "no seed that both have"
    show = _format([*a.values(), *b.values()])
    seeds = f"{found.seeds} seed" + ("s" if found.seeds > 1 else "")
    if found.low is None:
        return found.decision, f"{show(found.mean)}, {seeds}"
    interval = f"[{show(found.low)}, {show(found.high)}]"
    return found.decision, f"{show(found.mean)} {interval}, {seeds}"


def _format(values: Sequence[float]) -> Callable[[float], str]:
    """Two decimals for percentages, significant digits for what is far smaller."""
    small = max(abs(value) for value in values) < 0.1
    return lambda number: f"{number:+.2e}" if small else f"{number:+.2f}"
