"""The papers' claims, decided by the runs of a report."""

from collections.abc import Sequence

from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import Finding, Result, grouped
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
    return Result(run.method, run.comparable, numbers)
