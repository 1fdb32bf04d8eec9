"""How a claim about a table is decided from the results of several seeds."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"
CHOSEN = "the best chosen by the same runs"

# By row of a column: the results of its seeds, in percent, seed by seed.
Rows = Mapping[str, Mapping[int, float]]
Decision = tuple[str, str] | None


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


def _mean(values: Mapping[int, float]) -> float:
    return sum(values.values()) / len(values)


def pair(better: str, worse: str) -> Callable[[Rows], Decision]:
    def decide(rows: Rows) -> Decision:
        if better not in rows or worse not in rows:
            return None
        return greater(rows[better], rows[worse])

    return decide


def _all_of(parts: list[tuple[str, tuple[str, str]]]) -> Decision:
    """A claim of several comparisons holds if each does, and fails if one does."""
    if not parts:
        return None
    decisions = [decision for _, (decision, _) in parts]
    whole = HOLDS if set(decisions) == {HOLDS} else OPEN
    whole = FAILS if FAILS in decisions else whole
    return whole, "; ".join(f"{name}: {text}" for name, (_, text) in parts)


def against_all(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether the best of our rows beats each of the others."""

    def decide(rows: Rows) -> Decision:
        mine = [row for row in rows if ours(row)]
        others = [row for row in rows if not ours(row)]
        if not mine or not others:
            return None
        best = max(mine, key=lambda row: _mean(rows[row]))
        decision, text = _all_of(
            [(f"{best} - {row}", greater(rows[best], rows[row])) for row in others]
        )
        return decision, text if len(mine) == 1 else f"{text}; {CHOSEN}"

    return decide


def every_against_all(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether each of our rows beats the best of the others."""

    def decide(rows: Rows) -> Decision:
        mine = [row for row in rows if ours(row)]
        others = [row for row in rows if not ours(row)]
        if not mine or not others:
            return None
        best = max(others, key=lambda row: _mean(rows[row]))
        return _all_of(
            [(f"{row} - {best}", greater(rows[row], rows[best])) for row in mine]
        )

    return decide


def softmax_against_pod(rows: Rows) -> Decision:
    parts = []
    for row in rows:
        other = row.replace("POD Loss", "Softmax Loss")
        if "POD Loss" in row and other in rows:
            parts.append((row, greater(rows[row], rows[other])))
    return _all_of(parts)


def _dimensions(rows: Rows) -> dict[int, Mapping[int, float]]:
    return {int(row.split("=")[1]): v for row, v in rows.items() if "n =" in row}


def middle_is_best(rows: Rows) -> Decision:
    found = _dimensions(rows)
    # k = 10 classes: 2k to 40k.
    inside = {n: v for n, v in found.items() if 20 <= n <= 400}
    outside = {n: v for n, v in found.items() if n not in inside}
    if not inside or not outside:
        return None
    best_in = max(inside, key=lambda n: _mean(inside[n]))
    best_out = max(outside, key=lambda n: _mean(outside[n]))
    decision, text = greater(inside[best_in], outside[best_out])
    return decision, f"n = {best_in} - n = {best_out}: {text}; {CHOSEN}"


def smallest_is_worst(rows: Rows) -> Decision:
    found = _dimensions(rows)
    # k = 10 classes: n = k - 1.
    if 9 not in found or len(found) < 2:
        return None
    best = max((n for n in found if n != 9), key=lambda n: _mean(found[n]))
    decision, text = greater(found[best], found[9])
    return decision, f"n = {best} - n = 9: {text}; {CHOSEN}"


def within_a_point(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether the best and the worst of our rows differ by less than a point."""

    def decide(rows: Rows) -> Decision:
        mine = {row: values for row, values in rows.items() if ours(row)}
        if len(mine) < 2:
            return None
        best = max(mine, key=lambda row: _mean(mine[row]))
        worst = min(mine, key=lambda row: _mean(mine[row]))
        decision, text = greater(mine[best], mine[worst], by=1.0)
        opposite = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}
        return opposite[decision], f"{best} - {worst}: {text}; {CHOSEN}"

    return decide


def each_pair(better: Sequence[str], worse: str) -> Callable[[Rows], Decision]:
    """Whether each of some rows beats another one; open if one has no result."""

    def decide(rows: Rows) -> Decision:
        if worse not in rows:
            return None
        mine = [row for row in better if row in rows]
        found = _all_of([(row, greater(rows[row], rows[worse])) for row in mine])
        missing = [row for row in better if row not in rows]
        if found is None or not missing:
            return found
        return OPEN, f"{found[1]}; without {', '.join(missing)}"

    return decide


def gain_falls(better: str, worse: str) -> Callable[[Mapping[str, Rows]], Decision]:
    """Whether the gain of a row over another falls with the classes of a column.

    By Spearman's correlation of the mean gain with k, tested exactly by permutation.
    The columns are named as in "ImageNet(100)".
    """

    def decide(columns: Mapping[str, Rows]) -> Decision:
        gains = {}
        for name, rows in columns.items():
            found = re.match(r"\w+\((\d+)\)", name)
            if found and better in rows and worse in rows:
                gain = _mean(rows[better]) - _mean(rows[worse])
                gains[int(found[1])] = gain
        if len(gains) < 3:
            return None
        ks, values = list(gains), list(gains.values())

        def rho(order: Sequence[float]) -> float:
            return float(stats.spearmanr(ks, order).statistic)

        test = {"permutation_type": "pairings", "n_resamples": 100_000}
        below, above = (
            stats.permutation_test((values,), rho, alternative=side, **test).pvalue
            for side in ("less", "greater")
        )
        decision = HOLDS if below < 0.025 else FAILS if above < 0.025 else OPEN
        return (
            decision,
            f"rho = {rho(values):+.2f} over {len(gains)} numbers of classes",
        )

    return decide


def both_signs(
    ours: Callable[[str], bool], other: str
) -> Callable[[Mapping[str, Rows]], Decision]:
    """Whether some of our rows beat another one and some lose to it, over columns."""

    def decide(columns: Mapping[str, Rows]) -> Decision:
        parts = [
            (f"{row} on {name}", greater(rows[row], rows[other]))
            for name, rows in columns.items()
            for row in rows
            if ours(row) and other in rows
        ]
        found = [decision for _, (decision, _) in parts]
        if not found:
            return None
        mixed = HOLDS in found and FAILS in found
        one_sided = OPEN not in found
        decision = HOLDS if mixed else FAILS if one_sided else OPEN
        return decision, "; ".join(f"{name}: {text}" for name, (_, text) in parts)

    return decide


def gamma_and_scale_ease(columns: Mapping[str, Rows]) -> Decision:
    """Whether K rises with gamma, and Pr_y with s where the own kernel is the largest.

    That follows from the formulas `K = exp(-d / gamma)` and
    `Pr_y = e^{sK_y} / sum_j e^{sK_j}` and needs no run; it is checked on a grid.
    """
    if not any(row.startswith("gamma=") for rows in columns.values() for row in rows):
        return None
    gammas, scales = np.geomspace(0.25, 16, 7), np.geomspace(0.5, 64, 8)
    d = np.linspace(0.01, 20, 200)
    kernels = np.exp(-d / gammas[:, None])
    own, other = np.meshgrid(kernels[3], kernels[3], indexing="ij")
    # Nine other classes, all at the same distance.
    gap = np.where(own > other, own - other, np.nan)
    correct = 1 / (1 + 9 * np.exp(-scales[:, None, None] * gap))
    rises = [np.diff(kernels, axis=0), np.diff(correct, axis=0)]
    holds = all(np.nanmin(rise) > 0 for rise in rises)
    text = f"by the formulas, at {d.size} distances; least rise of K "
    text += f"{rises[0].min():.1e}, of Pr_y {np.nanmin(rises[1]):.1e}"
    return HOLDS if holds else FAILS, text
