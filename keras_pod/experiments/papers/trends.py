"""Claims about how results change with n, the classes, lambda or alpha."""

import itertools
import re
from collections.abc import Callable

import numpy as np

from keras_pod.experiments.papers.evidence import (
    NUMBERS,
    Finding,
    Result,
    compared,
    difference,
    exact,
    finding,
    mean,
    opposite,
    runs,
)
from keras_pod.experiments.papers.kinds_of_claims import (
    CHOSEN,
    Larger,
    Results,
    alike,
    having,
)

_CLASSES = {"digits": 10, "mnist": 10, "fashion_mnist": 10, "tiny_imagenet": 200}
_CLASSES |= {"imagenet": 1000}


def classes(result: Result) -> int | None:
    """k, where the name of the data tells it.

    >>> classes(Result("pod", {"data": "imagenet-30"}, {}))
    30
    """
    data = result.settings["data"]
    found = re.fullmatch(r"[a-z_-]+(\d+)", data)
    return _CLASSES.get(data) or (int(found[1]) if found else None)


def is_of_imagenet(result: Result) -> bool:
    return result.settings["data"].startswith("imagenet")


def is_of_faces(result: Result) -> bool:
    return result.settings["data"].startswith("facescrub")


def size_between(least: float, most: float) -> Callable[[Results], list[Finding]]:
    """The best n lies between these multiples of the number of classes."""

    def test(results: Results) -> list[Finding]:
        found = []
        for group in _of_sizes(results):
            ratio = {r.name: r.settings["dim"] / classes(r) for r in group}
            inside = [r for r in group if least <= ratio[r.name] <= most]
            outside = [r for r in group if r not in inside]
            if inside and outside:
                found.append(compared(_best(inside), _best(outside), more=CHOSEN))
        return found

    return test


def smallest_size_hurts(results: Results) -> list[Finding]:
    """n = k - 1 is worse than the best other n."""
    found = []
    for group in _of_sizes(results):
        small = [r for r in group if r.settings["dim"] == classes(r) - 1]
        others = [r for r in group if r not in small]
        if others:
            best = _best(others)
            found += [compared(best, r, more=CHOSEN) for r in small]
    return found


def _of_sizes(results: Results) -> list[list[Result]]:
    # The size of a backbone's own features, dim = 0, is not known here.
    known = (r for r in results if classes(r) and r.settings["dim"])
    own = (r for r in known if r.loss == "pod")
    return alike(having(own, "accuracy"), "dim")


def _best(results: Results) -> Result:
    return max(results, key=lambda r: mean(r.numbers["accuracy"]))


def gain_falls(results: Results) -> list[Finding]:
    """The gain of POD over softmax falls as classes of ImageNet are added.

    By the slope of the gain over log10 k, seed by seed: of five numbers of classes a
    test of ranks could decide for a perfect order alone.
    """
    of_imagenet = Larger("accuracy", "pod", "softmax", where=is_of_imagenet)
    pairs = of_imagenet.pairs(results)
    gains = {
        classes(a): _gaps(a.numbers["accuracy"], b.numbers["accuracy"])
        for a, b in pairs
    }
    seeds = set.intersection(*map(set, gains.values())) if len(gains) > 2 else set()
    if not seeds:
        return []
    logs = np.log10(list(gains))
    fall = {s: -np.polyfit(logs, [g[s] for g in gains.values()], 1)[0] for s in seeds}
    gap = difference(fall, dict.fromkeys(seeds, 0.0))
    about = f"fall of the gain over {len(gains)} numbers of classes"
    return [finding(about, gap, "gain lost with ten times the classes", "points")]


def _gaps(a: dict, b: dict) -> dict:
    return {seed: a[seed] - b[seed] for seed in a.keys() & b.keys()}


def gap_to_gaussians_grows(results: Results) -> list[Finding]:
    """Cosines beat Gaussian classes by more, the more classes there are."""
    own = (r for r in having(results, "accuracy", "accuracy_gaussian") if classes(r))
    ranked = sorted(own, key=classes)
    found = []
    for few, many in itertools.pairwise(ranked):
        less, more = (
            _gaps(r.numbers["accuracy"], r.numbers["accuracy_gaussian"])
            for r in (few, many)
        )
        about = f"{classes(many)} classes - {classes(few)}"
        statistic = f"accuracy - {NUMBERS['accuracy_gaussian']}"
        found.append(finding(about, difference(more, less), statistic, "points"))
    return found


def loss_is_flat_in_lambda(results: Results) -> list[Finding]:
    """From lambda = 0.01 to 1000 the training loss changes by less than a fifth."""
    found = []
    own = having((r for r in results if r.loss == "pod"), "loss")
    for group in alike(own, "lam"):
        flat = [r.numbers["loss"] for r in group if 0.01 <= _lam(r) <= 1000]
        if len(flat) < 3:
            continue
        seeds = set.intersection(*map(set, flat))
        range_of = {}
        for seed in seeds:
            losses = [values[seed] for values in flat]
            range_of[seed] = (max(losses) - min(losses)) / np.mean(losses)
        gap = difference(range_of, dict.fromkeys(seeds, 0.0), by=0.2)
        about = f"pod at {len(flat)} values of lambda"
        statistic = "range of the last training loss over its mean; below 0.2"
        found.append(opposite(finding(about, gap, statistic)))
    return found


def _lam(result: Result) -> float:
    return result.settings["options"]["lam"]


def alpha_of_a_hundredth(results: Results) -> list[Finding]:
    """alpha = 0.01 is better than 0, and 0.1 breaks training: 5 points are lost."""
    found = []
    own = having((r for r in results if r.loss in ("nac", "pod")), "accuracy")
    for group in alike(own, "alpha"):
        by_alpha = {r.settings["options"].get("alpha") or 0: r for r in group}
        for other, by in ((0, 0.0), (0.1, 0.05)):
            if 0.01 in by_alpha and other in by_alpha:
                found.append(compared(by_alpha[0.01], by_alpha[other], by=by))
    return found


def distances_vary(results: Results) -> list[Finding]:
    """Early distances to the own prototype vary: sd above half of the mean."""
    found = []
    for r in having(results, "distance_mean", "distance_variance"):
        mean_of, variance = r.numbers["distance_mean"], r.numbers["distance_variance"]
        least = min(variance[s] ** 0.5 / mean_of[s] for s in mean_of)
        statistic = f"{NUMBERS['distance_spread']}; above 0.5"
        found.append(exact(r.name, least, least > 0.5, statistic, runs(mean_of)))
    return found
