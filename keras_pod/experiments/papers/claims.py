"""The claims of the papers, as claims.toml has them, and how each kind is decided."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

from keras_pod.experiments.papers import trends
from keras_pod.experiments.papers.evidence import (
    CHOSEN,
    CLAIMS_FILE,
    FAILS,
    HOLDS,
    NUMBERS,
    OPEN,
    SHARES,
    Finding,
    Result,
    Results,
    alike,
    compared,
    difference,
    having,
    of_runs,
)


def larger(
    results: Results, number: str, larger: str, smaller: str, best: bool = False
) -> list[Finding]:
    """The number is larger with each of some losses than with each of others.

    Of several results of the former the best alone counts, if that is the claim.
    """
    found = []
    for group in alike(having(results, number)):
        mine, others = having(group, loss=larger), having(group, loss=smaller)
        more = ""
        if best and len(mine) > 1:
            mine, more = [max(mine, key=lambda r: r.mean(number))], CHOSEN
        found += [compared(a, b, number, more) for a in mine for b in others]
    return found


def not_all_larger(results: Results, **claim: str) -> list[Finding]:
    """With one of the losses at least, the number is not larger than with another."""
    pairs = larger(results, **claim)
    if not pairs:
        return []
    decisions = {pair.decision for pair in pairs}
    decision = HOLDS if FAILS in decisions else OPEN if OPEN in decisions else FAILS
    least = min(pairs, key=lambda f: f.value)
    return [dataclasses.replace(least, decision=decision)]


def mixed(results: Results, **claim: str) -> list[Finding]:
    """The number is larger in some places and smaller in others."""
    pairs = [
        dataclasses.replace(found, about=f"{found.about} on {place}")
        for place in dict.fromkeys(r.place for r in results)
        for found in larger([r for r in results if r.place == place], **claim)
    ]
    pairs.sort(key=lambda f: f.value)
    return [pairs[-1], pairs[0].opposite()] if len(pairs) > 1 else []


def within(results: Results, claim: str, more: str, less: str) -> list[Finding]:
    """In each model one number is larger than another.

    With fewer than three seeds a run's own images decide, where they are known.
    """
    statistic = f"{NUMBERS[more]} - {NUMBERS[less]}"
    unit = "points" if more in SHARES else "difference"
    found = []
    for r in having(results, more, less):
        a, b, single = r.numbers[more], r.numbers[less], r.single.get(claim)
        if single and len(a) < 3:
            found += [dataclasses.replace(f, statistic=statistic) for f in single]
        else:
            found.append(difference(a, b, r.name, statistic, unit))
    return found


def bound(
    results: Results,
    number: str,
    below: float | None = None,
    above: float | None = None,
    losses: str = "",
) -> list[Finding]:
    """A number of every run is below, or above, a limit."""
    found = []
    for r in having(results, number, loss=losses):
        values = r.numbers[number].values()
        if above is None:
            worst, side = max(values), f"below {below:g}"
        else:
            worst, side = min(values), f"above {above:g}"
        good = worst < below if above is None else worst > above
        statistic = f"{NUMBERS[number]}; {side}"
        found.append(of_runs(r.name, statistic, worst, good, len(values)))
    return found


def small_range(results: Results, loss: str) -> list[Finding]:
    """The best and the worst setting of a loss differ by less than a point."""
    found = []
    for group in alike(having(results, "accuracy", loss=loss)):
        if len(group) > 1:
            worst, *_, best = sorted(group, key=Result.mean)
            found.append(compared(best, worst, more=CHOSEN, by=0.01).opposite())
    return found


_KINDS = (
    larger,
    not_all_larger,
    mixed,
    within,
    bound,
    small_range,
    trends.size_is_between,
    trends.smallest_size_hurts,
    trends.gain_falls,
    trends.gap_to_gaussians_grows,
    trends.loss_is_flat_in_lambda,
    trends.alpha_of_a_hundredth,
    trends.gamma_1_and_s_2_are_best,
    trends.distances_vary,
)
_BY_NAME = {kind.__name__: kind for kind in _KINDS}
_WHERE: dict[str, Callable[[Result], bool]] = {
    "": lambda result: True,
    "faces": lambda result: result.settings["data"].startswith("facescrub"),
    "ImageNet": lambda result: result.settings["data"].startswith("imagenet"),
    "many classes": lambda r: _WHERE["ImageNet"](r) and r.num_classes >= 1000,
    "decays": lambda result: result.settings.get("l2") != 0,
}


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of a paper that runs can decide.

    Attributes:
        says: in words.
        test: gives its findings from results; none where they do not tell.
        where: which results it is about.
        of_all: whether it is about every row of a table, so that one without a result
            leaves it open.
        across: whether it is about all columns of a table together.
        of_data: whether it is about what the data are, so that others decide nothing.
    """

    says: str
    test: Callable[[Results], list[Finding]]
    where: Callable[[Result], bool]
    of_all: bool = False
    across: bool = False
    of_data: bool = False


def _claim(says: str, kind: str = "larger", where: str = "", **rest: Any) -> Claim:
    flags = {k: rest.pop(k) for k in ("of_all", "across", "of_data") if k in rest}
    test = partial(_BY_NAME[kind], **rest)
    inside, no = _WHERE[where.removeprefix("not ")], where.startswith("not ")
    return Claim(says, test, lambda result: inside(result) != no, **flags)


CLAIMS = {name: _claim(**entry) for name, entry in CLAIMS_FILE["claims"].items()}


def findings(name: str, results: Results) -> list[Finding]:
    """The findings of results on a claim of `CLAIMS`."""
    claim = CLAIMS[name]
    number = name.split("-")[0]
    return [
        dataclasses.replace(found, claim=number, says=claim.says)
        for found in claim.test([r for r in results if claim.where(r)])
    ]
