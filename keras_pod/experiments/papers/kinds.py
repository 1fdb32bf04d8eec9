"""The kinds of claims in claims.toml: for each a function that decides it."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_pod.core.printable import counted
from keras_pod.experiments.papers.evidence import (
    CHOSEN,
    FAILS,
    HOLDS,
    NUMBERS,
    Finding,
    Result,
    Results,
    Seeds,
    alike,
    compared,
    difference,
    having,
    unit_of,
    whole,
)

Findings = Iterator[Finding]


def larger(
    results: Results, number: str, larger: str, smaller: str, best: bool = False
) -> Findings:
    """The number is larger with each of some losses than with each of others.

    Of several results of the former the best alone counts, if that is the claim.
    """
    for group in alike(having(results, number)):
        mine, more = having(group, loss=larger), ""
        if best and len(mine) > 1:
            mine, more = [max(mine, key=lambda r: r.mean(number))], CHOSEN
        for own, other in itertools.product(mine, having(group, loss=smaller)):
            yield compared(own, other, number, more)


def not_all_larger(results: Results, **claim: Any) -> Findings:
    """With one of the losses at least, the number is not larger than with another."""
    if pairs := list(larger(results, **claim)):
        least = min(pairs, key=lambda f: f.value)
        yield dataclasses.replace(least, decision=whole(pairs)).opposite()


def mixed(results: Results, **claim: Any) -> Findings:
    """The number is larger in some places and smaller in others."""
    pairs = [
        dataclasses.replace(found, about=f"{found.about} on {place}")
        for place in dict.fromkeys(r.place for r in results)
        for found in larger([r for r in results if r.place == place], **claim)
    ]
    if len(pairs) > 1:
        pairs.sort(key=lambda f: f.value)
        yield pairs[-1]
        yield pairs[0].opposite()


def within(results: Results, more: str, less: str, losses: str = "") -> Findings:
    """In each model one number is larger than another."""
    statistic = f"{NUMBERS[more]} - {NUMBERS[less]}"
    for r in having(results, more, less, loss=losses):
        a, b = r.numbers[more], r.numbers[less]
        yield difference(a, b, r.name, statistic, unit_of(more))


def bound(
    results: Results,
    number: str,
    below: float = math.inf,
    above: float = -math.inf,
    losses: str = "",
) -> Findings:
    """A number of every run is below, or above, a limit; the worst run decides."""
    for r in having(results, number, loss=losses):
        values = r.numbers[number].values()
        if below < math.inf:
            worst, side = max(values), f"below {below:g}"
        else:
            worst, side = min(values), f"above {above:g}"
        good = above < worst < below
        yield Finding(
            about=r.name,
            decision=HOLDS if good else FAILS,
            statistic=f"{NUMBERS[number]}; {side}",
            value=worst,
            n=counted(len(values), "run"),
            unit="number",
        )


def small_range(results: Results, loss: str) -> Findings:
    """The best and the worst setting of a loss differ by less than a point."""
    for group in alike(having(results, "accuracy", loss=loss)):
        if len(group) > 1:
            worst, *_, best = sorted(group, key=Result.mean)
            yield compared(best, worst, more=CHOSEN, by=0.01).opposite()


def size_is_between(results: Results) -> Findings:
    """The best n lies between 2 and 40 times the number of classes."""
    return _best_size(results, lambda n, k: 2 <= n / k <= 40)


def smallest_size_hurts(results: Results) -> Findings:
    """n = k - 1 is worse than the best other n."""
    return _best_size(results, lambda n, k: n != k - 1)


def _best_size(results: Results, is_good: Callable[[int, int], bool]) -> Findings:
    own = having(results, "accuracy", loss="pod")
    # The size of a backbone's own features, dim = 0, is not known here.
    own = [r for r in own if r.num_classes and r.settings["dim"]]
    for group in alike(own, "dim"):
        good = [r for r in group if is_good(r.settings["dim"], r.num_classes)]
        others = [r for r in group if r not in good]
        if good and others:
            best, other = (max(some, key=Result.mean) for some in (good, others))
            yield compared(best, other, more=CHOSEN)


def gain_falls(results: Results) -> Findings:
    """The gain of POD over softmax falls as classes are added."""
    gains = {
        a.num_classes: _gaps(a.numbers["accuracy"], b.numbers["accuracy"])
        for group in alike(having(results, "accuracy"))
        for a in having(group, loss="pod")
        if a.num_classes
        for b in having(group, loss="softmax")
    }
    seeds = set.intersection(*map(set, gains.values())) if len(gains) > 2 else set()
    if seeds:
        # A test of ranks could decide for a perfect order alone.
        logs = np.log10(list(gains))
        of_seed = {s: [gain[s] for gain in gains.values()] for s in seeds}
        fall = {s: -np.polyfit(logs, own, 1)[0] for s, own in of_seed.items()}
        about = f"fall of the gain over {len(gains)} numbers of classes"
        statistic = "gain lost with ten times the classes"
        none = dict.fromkeys(seeds, 0.0)
        yield difference(fall, none, about, statistic, "points")


def gap_to_gaussians_grows(results: Results) -> Findings:
    """Cosines beat Gaussian classes by more, the more classes there are."""
    gaps = {
        r.num_classes: _gaps(r.numbers["accuracy"], r.numbers["accuracy_gaussian"])
        for r in having(results, "accuracy", "accuracy_gaussian")
        if r.num_classes
    }
    statistic = f"accuracy - {NUMBERS['accuracy_gaussian']}"
    for few, many in itertools.pairwise(sorted(gaps)):
        about = f"{many} classes - {few}"
        yield difference(gaps[many], gaps[few], about, statistic, "points")


def _gaps(a: Seeds, b: Seeds) -> dict[int, float]:
    return {seed: a[seed] - b[seed] for seed in a.keys() & b.keys()}


def loss_is_flat_in_lambda(results: Results) -> Findings:
    """From lambda = 0.01 to 1000 the training loss changes by less than a fifth."""
    statistic = "range of the last training loss over its mean; below 0.2"
    for group in alike(having(results, "loss", loss="pod"), "lam"):
        inside = (r for r in group if 0.01 <= r.settings["options"]["lam"] <= 1000)
        flat = [r.numbers["loss"] for r in inside]
        if len(flat) >= 3:
            seeds = set.intersection(*map(set, flat))
            losses = {s: [values[s] for values in flat] for s in seeds}
            range_of = {s: np.ptp(own) / np.mean(own) for s, own in losses.items()}
            about, none = (
                f"pod at {len(flat)} values of lambda",
                dict.fromkeys(seeds, 0),
            )
            yield difference(range_of, none, about, statistic, by=0.2).opposite()


def alpha_of_a_hundredth(results: Results) -> Findings:
    """alpha = 0.01 is better than 0, and 0.1 breaks training: 5 points are lost."""
    for group in alike(having(results, "accuracy", loss="nac pod"), "alpha"):
        by_alpha = {r.settings["options"].get("alpha") or 0: r for r in group}
        for other, by in ((0, 0.0), (0.1, 0.05)):
            if 0.01 in by_alpha and other in by_alpha:
                yield compared(by_alpha[0.01], by_alpha[other], by=by)


def gamma_1_and_s_2_are_best(results: Results) -> Findings:
    """RBF-Softmax with gamma = 1 and s = 2 is better than with any other values."""
    meant = {"gamma": 1.0, "scale": 2.0}.items()
    for group in alike(having(results, "accuracy", loss="rbf-softmax")):
        best = [r for r in group if meant <= r.settings["options"].items()]
        others = [r for r in group if r not in best]
        yield from itertools.starmap(compared, itertools.product(best, others))
