"""What the papers claim of their tables, decided from our runs."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

from scipy import stats

# By (row, column) of a table: the results of its seeds, in percent, seed by seed.
Values = Mapping[tuple[str, str], Mapping[int, float]]

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether a claim holds in our runs.

    Attributes:
        claim: its number in the project's list, and what it says.
        decision: "holds", "does not hold" or "not decided".
        statistic: the numbers that it rests on, as text.
    """

    claim: str
    decision: str
    statistic: str


def judge(names: Sequence[str], values: Values) -> list[Verdict]:
    """The verdicts on some claims; one that lacks its runs is left out."""
    verdicts = []
    for name in names:
        says, decide = CLAIMS[name]
        columns = dict.fromkeys(column for _, column in values)
        for column in columns:
            rows = {r: v for (r, c), v in values.items() if c == column and v}
            found = decide(rows)
            if found:
                decision, statistic = found
                claim = f"{name} ({column}): {says}"
                verdicts.append(Verdict(claim, decision, statistic))
    return verdicts


Rows = Mapping[str, Mapping[int, float]]
Decision = tuple[str, str] | None


def greater(a: Mapping[int, float], b: Mapping[int, float]) -> tuple[str, str]:
    """Whether a exceeds b, by the 95 % interval of their difference seed by seed.

    >>> greater({0: 2.0, 1: 2.1, 2: 1.9}, {0: 1.0, 1: 1.0, 2: 1.0})
    ('holds', '+1.00 [+0.75, +1.25], 3 seeds')
    >>> greater({0: 2.0}, {0: 1.0})
    ('not decided', '+1.00, 1 seed')
    """
    shared = sorted(a.keys() & b.keys())
    gaps = [a[seed] - b[seed] for seed in shared]
    if not gaps:
        return OPEN, "no seed that both have"
    mean = sum(gaps) / len(gaps)
    if len(gaps) < 2:
        return OPEN, f"{mean:+.2f}, 1 seed"
    error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (len(gaps) - 1) / len(gaps))
    reach = error * stats.t.ppf(0.975, len(gaps) - 1)
    low, high = mean - reach, mean + reach
    decision = HOLDS if low > 0 else FAILS if high < 0 else OPEN
    return decision, f"{mean:+.2f} [{low:+.2f}, {high:+.2f}], {len(gaps)} seeds"


def _mean(values: Mapping[int, float]) -> float:
    return sum(values.values()) / len(values)


def _pair(better: str, worse: str) -> Callable[[Rows], Decision]:
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


def _against_all(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether the best of our rows beats each of the others."""

    def decide(rows: Rows) -> Decision:
        mine = [row for row in rows if ours(row)]
        others = [row for row in rows if not ours(row)]
        if not mine or not others:
            return None
        best = max(mine, key=lambda row: _mean(rows[row]))
        return _all_of(
            [(f"{best} - {row}", greater(rows[best], rows[row])) for row in others]
        )

    return decide


def _every_against_all(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
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


def _softmax_against_pod(rows: Rows) -> Decision:
    parts = []
    for row in rows:
        other = row.replace("POD Loss", "Softmax Loss")
        if "POD Loss" in row and other in rows:
            parts.append((row, greater(rows[row], rows[other])))
    return _all_of(parts)


def _dimensions(rows: Rows) -> dict[int, Mapping[int, float]]:
    return {int(row.split("=")[1]): v for row, v in rows.items() if "n =" in row}


def _middle_is_best(rows: Rows) -> Decision:
    found = _dimensions(rows)
    # k = 10 classes: 2k to 40k.
    inside = {n: v for n, v in found.items() if 20 <= n <= 400}
    outside = {n: v for n, v in found.items() if n not in inside}
    if not inside or not outside:
        return None
    best_in = max(inside, key=lambda n: _mean(inside[n]))
    best_out = max(outside, key=lambda n: _mean(outside[n]))
    decision, text = greater(inside[best_in], outside[best_out])
    return decision, f"n = {best_in} - n = {best_out}: {text}"


def _smallest_is_worst(rows: Rows) -> Decision:
    found = _dimensions(rows)
    others = {n: v for n, v in found.items() if n > min(found)}
    if not others:
        return None
    best = max(others, key=lambda n: _mean(others[n]))
    decision, text = greater(others[best], found[min(found)])
    return decision, f"n = {best} - n = {min(found)}: {text}"


def _mild(rows: Rows) -> Decision:
    if len(rows) < 2:
        return None
    means = {row: _mean(v) for row, v in rows.items()}
    best, worst = max(means, key=means.get), min(means, key=means.get)
    spread = means[best] - means[worst]
    text = f"range {spread:.2f} points, from {worst} to {best} (printed 0.29, n = 32)"
    return (HOLDS if spread < 1 else FAILS), text


def _scale_is_minor(rows: Rows) -> Decision:
    means = {row: _mean(v) for row, v in rows.items() if row.startswith("SBN")}
    if len(means) < 2:
        return None
    spread = max(means.values()) - min(means.values())
    return (HOLDS if spread < 1 else FAILS), f"range {spread:.2f} points"


CLAIMS: dict[str, tuple[str, Callable[[Rows], Decision]]] = {
    "C4": (
        "images with large feature norms are classified better",
        _pair("high norm", "low norm"),
    ),
    "C7": ("NaC beats the Cosine Loss", _pair("NaC Loss", "Cosine Loss")),
    "C8": ("SC adds accuracy: POD beats NaC", _pair("POD Loss", "NaC Loss")),
    "C9": (
        "SC lowers the variance of the features",
        _pair("NaC Loss", "POD Loss"),
    ),
    "C14": ("n between 2k and 40k is best", _middle_is_best),
    "C15": ("n = k - 1 clearly hurts", _smallest_is_worst),
    "C19": ("POD beats softmax", _softmax_against_pod),
    "C23": ("cosines beat Gaussian classes", _pair("Cosine", "GDA")),
    "C32": ("s and gamma matter mildly (range below 1 point)", _mild),
    "C33": (
        "RBF-Softmax beats all others",
        _against_all(lambda row: row.startswith("RBF-Softmax")),
    ),
    "C37": (
        "every SBN scale beats every other loss",
        _every_against_all(lambda row: row.startswith("SBN")),
    ),
    "C38": (
        "the scale of SBN is a minor choice (range below 1 point)",
        _scale_is_minor,
    ),
}
