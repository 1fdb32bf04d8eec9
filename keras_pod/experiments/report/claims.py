"""The papers' claims, decided by the runs of a report."""

import math

from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import Finding, Result
from keras_pod.experiments.report.measurements import Measures
from keras_pod.experiments.report.runs import Group
from keras_pod.experiments.report.tables import Table


def decide(group: Group, measured: Measures) -> list[Finding]:
    """The findings on every claim that these runs say something about.

    Two methods are compared where their runs differ in nothing but what is a method's
    own: loss, options, learning rate, decay, seed.
    """
    results = []
    for method, runs in group.methods.items():
        numbers: dict[str, dict[int, float]] = {}
        for run in runs:
            for name, value in measured[run.label].numbers.items():
                numbers.setdefault(name, {})[run.seed] = value
        results.append(Result(method, runs[0].comparable, numbers))
    every = [found for name in CLAIMS for found in findings(name, results)]
    return sorted(every, key=lambda found: int(found.claim[1:]))


def claims_table(findings: list[Finding]) -> Table:
    """The claims with what decides them."""
    rows = []
    for f in findings:
        unit = " points" if f.unit == "points" else ""
        value = f"{f.shown(f.value)}{unit}" if math.isfinite(f.value) else ""
        interval = ""
        if f.low is not None and f.high is not None:
            interval = f"{f.shown(f.low)} to {f.shown(f.high)}{unit}"
        says = f.says[0].upper() + f.says[1:]
        rows.append([says, f.about, f.decision, f.statistic, value, interval, f.n])
    names = ["claim", "runs", "decision", "number", "value", "95 % interval", "counted"]
    return Table(names, rows)
