"""Which of the papers' claims some runs decide, and how."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import binomtest

from keras_pod.experiments.compare.difference import FAILS, HOLDS, OPEN, difference
from keras_pod.experiments.papers.comparisons import COMPARISONS, SHARES, Comparison
from keras_pod.experiments.report.measured import Measured
from keras_pod.experiments.report.runs import Run

Pairs = Sequence[tuple[Run, Measured]]


@dataclasses.dataclass(frozen=True)
class Finding:
    """What runs say of a claim.

    Attributes:
        claim: its number in the project's list.
        says: the claim.
        about: the run, or the two methods.
        decision: "holds", "does not hold" or "not decided".
        statistic: what the number is.
        value: the number.
        low, high: its 95 % interval, or None.
        n: of what, how many.
        unit: "points" for a difference in percentage points, "difference" for any
            other, or "number".
    """

    claim: str
    says: str
    about: str
    decision: str
    statistic: str
    value: float
    low: float | None
    high: float | None
    n: str
    unit: str


def decide(measured: Pairs) -> list[Finding]:
    """The findings on every claim that these runs say something about.

    Two methods are compared where their runs differ in nothing but what is a method's
    own: loss, options, learning rate, decay, seed.

    Args:
        measured: the runs of one set of images.
    """
    methods: dict[str, list[tuple[Run, Measured]]] = {}
    for run, found in measured:
        methods.setdefault(run.method, []).append((run, found))
    findings = [f for own in methods.values() for f in _of_method(own)]
    for claim in COMPARISONS:
        for first in methods.values():
            for second in methods.values():
                findings += _compared(claim, first, second)
    return sorted(findings, key=lambda f: int(f.claim[1:]))


def _compared(claim: Comparison, first: Pairs, second: Pairs) -> list[Finding]:
    run, other = first[0][0], second[0][0]
    fits = run.settings["loss"] in claim.larger
    fits = fits and other.settings["loss"] in claim.smaller
    if not fits or run.protocol != other.protocol:
        return []
    a, b = _by_seed(first, claim.number), _by_seed(second, claim.number)
    if not a or not b:
        return []
    found = difference(a, b)
    return [
        Finding(
            claim.claim,
            claim.says,
            f"{run.method} - {other.method}",
            found.decision,
            claim.statistic,
            found.mean,
            found.low,
            found.high,
            _seeds(found.seeds),
            "points" if claim.number in SHARES else "difference",
        )
    ]


def _by_seed(measured: Pairs, number: str) -> dict[int, float]:
    return {
        run.seed: found.numbers[number]
        for run, found in measured
        if number in found.numbers
    }


def _seeds(count: int) -> str:
    if not count:
        return "no seed in common"
    text = f"{count} seed" + ("s" if count > 1 else "")
    return text if count >= 3 else f"{text}; it takes 3"


# -- claims about one method ------------------------------------------------------


def _of_method(measured: Pairs) -> list[Finding]:
    found = [_simplex(measured), _delta(measured), _span(measured)]
    found += _over_images(
        measured,
        "C4",
        "images with large feature norms are classified better",
        "accuracy from the mean norm on - below it",
        lambda m: ("accuracy_high_norm", "accuracy_low_norm"),
        _by_norm,
    )
    found += _over_images(
        measured,
        "C23",
        "cosines beat Gaussian classes",
        "accuracy by cosines - by Gaussians",
        lambda m: ("accuracy", "accuracy_gaussian") if m.fixed else (),
        _against_gaussian,
    )
    return [finding for finding in found if finding]


def _worst(measured: Pairs, number: str) -> float | None:
    values = _by_seed(measured, number).values()
    return max(values) if values else None


def _exact(
    measured: Pairs, claim: str, says: str, statistic: str, value: float, good: bool
) -> Finding:
    """A claim that numbers meet or do not, without any spread."""
    runs = f"{len(measured)} run" + ("s" if len(measured) > 1 else "")
    decision = HOLDS if good else FAILS
    about = measured[0][0].method
    numbers = value, None, None, runs, "number"
    return Finding(claim, says, about, decision, statistic, *numbers)


def _simplex(measured: Pairs) -> Finding | None:
    worst = _worst(measured, "simplex_error")
    if worst is None:
        return None
    says = "the centroids are spread evenly"
    statistic = "largest |cos + 1/(k-1)| of two centroids; below 0.00001"
    return _exact(measured, "C1", says, statistic, worst, worst < 1e-5)


def _delta(measured: Pairs) -> Finding | None:
    worst = _worst(measured, "delta_error")
    if worst is None:
        return None
    says = "delta stays in proportion to the norms"
    statistic = "largest deviation of delta / M from alpha e; below 0.0001"
    return _exact(measured, "C13", says, statistic, worst, worst < 1e-4)


def _span(measured: Pairs) -> Finding | None:
    fixed = [pair for pair in measured if pair[1].fixed]
    parts = ("span_test", "span_train")
    shares = [v for part in parts for v in _by_seed(fixed, part).values()]
    if not shares:
        return None
    lowest = min(shares)
    says = "features end in the span of the centroids"
    statistic = "smallest mean share of the features' length in it; above 0.95"
    return _exact(fixed, "C16", says, statistic, lowest, lowest > 0.95)


Interval = tuple[float, float, float]


def _over_images(
    measured: Pairs,
    claim: str,
    says: str,
    statistic: str,
    numbers: Callable[[Measured], tuple[str, ...]],
    interval: Callable[[Measured], Interval],
) -> list[Finding]:
    """A difference within a model: over seeds, or with fewer than 3 over its images."""
    pairs = [(run, m) for run, m in measured if numbers(m)]
    pairs = [(run, m) for run, m in pairs if set(numbers(m)) <= m.numbers.keys()]
    if not pairs:
        return []
    if len(pairs) >= 3:
        more, less = numbers(pairs[0][1])
        found = difference(_by_seed(pairs, more), _by_seed(pairs, less))
        about, n = pairs[0][0].method, _seeds(found.seeds)
        numbers_found = found.decision, statistic, found.mean, found.low, found.high
        return [Finding(claim, says, about, *numbers_found, n, "points")]
    findings = []
    for run, own in pairs:
        value, low, high = interval(own)
        decision = HOLDS if low > 0 else FAILS if high < 0 else OPEN
        n = f"{len(own.labels):,} images of this run"
        found = decision, statistic, value, low, high
        findings.append(Finding(claim, says, run.label, *found, n, "points"))
    return findings


def _by_norm(m: Measured) -> Interval:
    """Newcombe's interval of a difference of two shares, made of Wilson's of each."""
    low = m.norms < m.norms.mean()
    (p, p_low, p_high), (q, q_low, q_high) = (
        _wilson(m.right[~low]),
        _wilson(m.right[low]),
    )
    down = math.hypot(p - p_low, q_high - q)
    up = math.hypot(p_high - p, q - q_low)
    return p - q, p - q - down, p - q + up


def _wilson(right: np.ndarray) -> Interval:
    test = binomtest(int(right.sum()), len(right))
    found = test.proportion_ci(method="wilson")
    return float(right.mean()), float(found.low), float(found.high)


def _against_gaussian(m: Measured) -> Interval:
    """The same images both ways: the interval of their mean difference."""
    gaps = m.right.astype(float) - (m.gaussian == m.labels)
    reach = 1.96 * gaps.std(ddof=1) / math.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    return float(gaps.mean()), float(gaps.mean() - reach), float(gaps.mean() + reach)
