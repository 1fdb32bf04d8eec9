"""Claims about how results change with n, the classes, lambda or alpha."""

import itertools

import numpy as np

from keras_pod.experiments.papers.evidence import (
    CHOSEN,
    NUMBERS,
    Finding,
    Result,
    Results,
    Seeds,
    alike,
    compared,
    difference,
    having,
    of_runs,
)


def size_is_between(results: Results) -> list[Finding]:
    """The best n lies between 2 and 40 times the number of classes."""
    found = []
    for group in _of_sizes(results):
        inside = [r for r in group if 2 <= r.settings["dim"] / r.num_classes <= 40]
        outside = [r for r in group if r not in inside]
        if inside and outside:
            best, other = max(inside, key=Result.mean), max(outside, key=Result.mean)
            found.append(compared(best, other, more=CHOSEN))
    return found


def smallest_size_hurts(results: Results) -> list[Finding]:
    """n = k - 1 is worse than the best other n."""
    found = []
    for group in _of_sizes(results):
        small = [r for r in group if r.settings["dim"] == r.num_classes - 1]
        others = [r for r in group if r not in small]
        if others:
            best = max(others, key=Result.mean)
            found += [compared(best, r, more=CHOSEN) for r in small]
    return found


def _of_sizes(results: Results) -> list[list[Result]]:
    own = having(results, "accuracy", loss="pod")
    # The size of a backbone's own features, dim = 0, is not known here.
    return alike((r for r in own if r.num_classes and r.settings["dim"]), "dim")


def gain_falls(results: Results) -> list[Finding]:
    """The gain of POD over softmax falls as classes are added.

    By the slope of the gain over log10 k, seed by seed: of five numbers of classes a
    test of ranks could decide for a perfect order alone.
    """
    gains = {
        a.num_classes: _gaps(a.numbers["accuracy"], b.numbers["accuracy"])
        for group in alike(having(results, "accuracy"))
        for a in having(group, loss="pod")
        for b in having(group, loss="softmax")
    }
    seeds = set.intersection(*map(set, gains.values())) if len(gains) > 2 else set()
    if not seeds:
        return []
    logs = np.log10(list(gains))
    fall = {s: -np.polyfit(logs, [g[s] for g in gains.values()], 1)[0] for s in seeds}
    about = f"fall of the gain over {len(gains)} numbers of classes"
    statistic = "gain lost with ten times the classes"
    return [difference(fall, dict.fromkeys(seeds, 0.0), about, statistic, "points")]


def _gaps(a: Seeds, b: Seeds) -> dict[int, float]:
    return {seed: a[seed] - b[seed] for seed in a.keys() & b.keys()}


def gap_to_gaussians_grows(results: Results) -> list[Finding]:
    """Cosines beat Gaussian classes by more, the more classes there are."""
    own = having(results, "accuracy", "accuracy_gaussian")
    ranked = sorted((r for r in own if r.num_classes), key=lambda r: r.num_classes)
    gaps = [
        _gaps(r.numbers["accuracy"], r.numbers["accuracy_gaussian"]) for r in ranked
    ]
    statistic = f"accuracy - {NUMBERS['accuracy_gaussian']}"
    found = []
    for i, j in itertools.pairwise(range(len(ranked))):
        about = f"{ranked[j].num_classes} classes - {ranked[i].num_classes}"
        found.append(difference(gaps[j], gaps[i], about, statistic, "points"))
    return found


def loss_is_flat_in_lambda(results: Results) -> list[Finding]:
    """From lambda = 0.01 to 1000 the training loss changes by less than a fifth."""
    found = []
    for group in alike(having(results, "loss", loss="pod"), "lam"):
        inside = (r for r in group if 0.01 <= r.settings["options"]["lam"] <= 1000)
        flat = [r.numbers["loss"] for r in inside]
        if len(flat) < 3:
            continue
        seeds = set.intersection(*map(set, flat))
        ends = {s: [values[s] for values in flat] for s in seeds}
        range_of = {s: np.ptp(losses) / np.mean(losses) for s, losses in ends.items()}
        about = f"pod at {len(flat)} values of lambda"
        statistic = "range of the last training loss over its mean; below 0.2"
        gap = difference(range_of, dict.fromkeys(seeds, 0.0), about, statistic, by=0.2)
        found.append(gap.opposite())
    return found


def alpha_of_a_hundredth(results: Results) -> list[Finding]:
    """alpha = 0.01 is better than 0, and 0.1 breaks training: 5 points are lost."""
    found = []
    for group in alike(having(results, "accuracy", loss="nac pod"), "alpha"):
        by_alpha = {r.settings["options"].get("alpha") or 0: r for r in group}
        for other, by in ((0, 0.0), (0.1, 0.05)):
            if 0.01 in by_alpha and other in by_alpha:
                found.append(compared(by_alpha[0.01], by_alpha[other], by=by))
    return found


def gamma_1_and_s_2_are_best(results: Results) -> list[Finding]:
    """RBF-Softmax with gamma = 1 and s = 2 is better than with any other values."""
    meant = {"gamma": 1.0, "scale": 2.0}.items()
    found = []
    for group in alike(having(results, "accuracy", loss="rbf-softmax")):
        best = [r for r in group if meant <= r.settings["options"].items()]
        others = [r for r in group if r not in best]
        found += [compared(a, b) for a in best for b in others]
    return found


def distances_vary(results: Results) -> list[Finding]:
    """Early distances to the own prototype vary: sd above half of the mean."""
    found = []
    for r in having(results, "distance_mean", "distance_variance"):
        mean_of, variance = r.numbers["distance_mean"], r.numbers["distance_variance"]
        least = min(variance[s] ** 0.5 / mean_of[s] for s in mean_of)
        statistic = f"{NUMBERS['distance_spread']}; above 0.5"
        found.append(of_runs(r.name, statistic, least, least > 0.5, len(mean_of)))
    return found
