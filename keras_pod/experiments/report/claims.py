"""The papers' claims, decided by the runs of a report."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest

from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import Finding, Result, grouped
from keras_pod.experiments.report.measurements import Measured
from keras_pod.experiments.report.runs import Run

Pairs = Sequence[tuple[Run, Measured]]
Interval = tuple[float, float, float]


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
    single = {
        claim: [(r.label, *interval(m), len(m.labels)) for r, m in measured]
        for claim, number, interval in (
            ("C4", "accuracy_low_norm", _by_norm),
            ("C23", "accuracy_gaussian", _against_gaussian),
        )
        if number in numbers and len(measured) < 3
    }
    settings = run.settings | {"data": run.place, "backend": run.content.get("backend")}
    return Result(run.method, settings, numbers, single=single)


def _by_norm(m: Measured) -> Interval:
    """Newcombe's interval of a difference of two shares, made of Wilson's of each."""
    low = m.norms < m.norms.mean()
    p, p_low, p_high = _wilson(m.right[~low])
    q, q_low, q_high = _wilson(m.right[low])
    down = math.hypot(p - p_low, q_high - q)
    up = math.hypot(p_high - p, q - q_low)
    return p - q, p - q - down, p - q + up


def _wilson(right: np.ndarray) -> Interval:
    found = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    return float(right.mean()), float(found.low), float(found.high)


def _against_gaussian(m: Measured) -> Interval:
    """The same images both ways: the interval of their mean difference."""
    gaps = m.right.astype(float) - (m.gaussian == m.labels)
    mean, reach = float(gaps.mean()), 0.0
    if len(gaps) > 1:
        reach = 1.96 * float(gaps.std(ddof=1)) / math.sqrt(len(gaps))
    return mean, mean - reach, mean + reach
