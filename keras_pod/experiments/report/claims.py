"""The papers' claims, decided by the runs of a report."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest

from keras_pod.core.printable import counted
from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import (
    FAILS,
    HOLDS,
    OPEN,
    Finding,
    Result,
    grouped,
)
from keras_pod.experiments.report.measurements import Measured
from keras_pod.experiments.report.runs import Run

Pairs = Sequence[tuple[Run, Measured]]


def decide(measured: Pairs) -> list[Finding]:
    """The findings on every claim that these runs say something about.

    Two methods are compared where their runs differ in nothing but what is a method's
    own: loss, options, learning rate, decay, seed.
    """
    methods = grouped(measured, lambda pair: pair[0].method)
    results = [_result(own) for own in methods.values()]
    every = [found for name in CLAIMS for found in findings(name, results)]
    return sorted(every, key=lambda found: int(found.claim[1:]))


def _result(measured: Pairs) -> Result:
    """The numbers of a method's runs."""
    run, _ = measured[0]
    numbers: dict[str, dict[int, float]] = {}
    for own, found in measured:
        for name, value in found.numbers.items():
            # Gaussians are claimed to lose to cosines to fixed centroids.
            if name != "accuracy_gaussian" or found.fixed:
                numbers.setdefault(name, {})[own.seed] = value
    single = {}
    few = len(measured) < 3
    if few and "accuracy_low_norm" in numbers:
        single["C4"] = [_by_norm(own.label, found) for own, found in measured]
    if few and "accuracy_gaussian" in numbers:
        single["C23"] = [_against_gaussian(own.label, found) for own, found in measured]
    return Result(run.method, run.comparable, numbers, single=single)


def _by_norm(about: str, m: Measured) -> Finding:
    """Newcombe's interval of a difference of two shares, made of Wilson's of each."""
    low = m.norms < m.norms.mean()
    p, p_low, p_high = _wilson(m.right[~low])
    q, q_low, q_high = _wilson(m.right[low])
    down, up = math.hypot(p - p_low, q_high - q), math.hypot(p_high - p, q - q_low)
    return _of_images(about, len(low), p - q, down, up)


def _wilson(right: np.ndarray) -> tuple[float, float, float]:
    found = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    return float(right.mean()), float(found.low), float(found.high)


def _against_gaussian(about: str, m: Measured) -> Finding:
    """The same images both ways: the interval of their mean difference."""
    gaps = m.right.astype(float) - (m.gaussian == m.labels)
    reach = 0.0
    if len(gaps) > 1:
        reach = 1.96 * float(gaps.std(ddof=1)) / math.sqrt(len(gaps))
    return _of_images(about, len(gaps), float(gaps.mean()), reach, reach)


def _of_images(about: str, n: int, value: float, down: float, up: float) -> Finding:
    low, high = value - down, value + up
    return Finding(
        about=about,
        decision=HOLDS if low > 0 else FAILS if high < 0 else OPEN,
        statistic="",
        value=value,
        low=low,
        high=high,
        n=f"{counted(n, 'image')} of this run",
        unit="points",
    )
