"""How a claim about a table is decided from the results of several seeds."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

from keras_pod.experiments.compare.difference import FAILS, HOLDS, OPEN, greater

CHOSEN = "the best chosen by the same runs"

# By row of a column: the results of its seeds, in percent, seed by seed.
Rows = Mapping[str, Mapping[int, float]]
Decision = tuple[str, str] | None


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


def beats(row: str, others: Sequence[str]) -> Callable[[Rows], Decision]:
    """Whether a row beats each of some others; open if one has no result."""

    def decide(rows: Rows) -> Decision:
        if row not in rows:
            return None
        return _with_all(
            others, rows, lambda other: greater(rows[row], rows[other]), f"{row} - "
        )

    return decide


def _with_all(
    names: Sequence[str],
    rows: Rows,
    compare: Callable[[str], tuple[str, str]],
    prefix: str = "",
) -> Decision:
    """A claim of a comparison with each of some rows, open if one has no result."""
    mine = [name for name in names if name in rows]
    found = _all_of([(prefix + name, compare(name)) for name in mine])
    missing = [name for name in names if name not in rows]
    if found is None or not missing:
        return found
    return OPEN, f"{found[1]}; without {', '.join(missing)}"


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
    worst_in = min(inside, key=lambda n: _mean(inside[n]))
    decision, text = greater(inside[best_in], outside[best_out])
    _, least = greater(inside[worst_in], outside[best_out])
    return decision, (
        f"n = {best_in} - n = {best_out}: {text}; n = {worst_in} - n = {best_out}: "
        f"{least}; {CHOSEN}"
    )


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
        return _with_all(better, rows, lambda row: greater(rows[row], rows[worse]))

    return decide


def gap_grows(
    better: str, worse: str, columns: Sequence[str]
) -> Callable[[Mapping[str, Rows]], Decision]:
    """Whether the gap of two rows grows from each of some columns to the next."""

    def decide(found: Mapping[str, Rows]) -> Decision:
        gaps = {}
        for name in columns:
            rows = found.get(name, {})
            if better in rows and worse in rows:
                shared = rows[better].keys() & rows[worse].keys()
                gaps[name] = {s: rows[better][s] - rows[worse][s] for s in shared}
        names = list(gaps)
        return _all_of(
            [
                (f"{after} - {before}", greater(gaps[after], gaps[before]))
                for before, after in itertools.pairwise(names)
            ]
        )

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
