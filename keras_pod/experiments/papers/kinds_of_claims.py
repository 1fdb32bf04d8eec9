"""The kinds of claims: how each is decided from results."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from keras_pod.experiments.papers.evidence import (
    FAILS,
    HOLDS,
    NUMBERS,
    OPEN,
    SHARES,
    Finding,
    Result,
    compared,
    counted,
    difference,
    exact,
    grouped,
)

Results = Sequence[Result]
Test = Callable[[Results], list[Finding]]
CHOSEN = "; the best chosen by the same runs"


@dataclasses.dataclass(frozen=True)
class Larger:
    """A number is larger with each of some losses than with each of others.

    Attributes:
        number: its name.
        larger, smaller: names of losses.
        best: whether of results of the first the best alone counts.
        where: which results it is about.
    """

    number: str
    larger: str
    smaller: str
    best: bool = False
    where: Callable[[Result], bool] = lambda result: True

    def pairs(self, results: Results) -> list[tuple[Result, Result, str]]:
        """The results to compare, and what is said of that."""
        found = []
        for group in alike(having(filter(self.where, results), self.number)):
            mine = having(group, loss=self.larger)
            others = having(group, loss=self.smaller)
            more = ""
            if self.best and len(mine) > 1:
                mine, more = [max(mine, key=lambda r: r.mean(self.number))], CHOSEN
            found += [(a, b, more) for a in mine for b in others]
        return found

    def __call__(self, results: Results) -> list[Finding]:
        pairs = self.pairs(results)
        return [compared(a, b, self.number, more) for a, b, more in pairs]


@dataclasses.dataclass(frozen=True)
class NotAllLarger(Larger):
    """With one of the losses at least, the number is not larger than with another."""

    def __call__(self, results: Results) -> list[Finding]:
        pairs = super().__call__(results)
        if not pairs:
            return []
        least = min(pairs, key=lambda f: f.value)
        decisions = {pair.decision for pair in pairs}
        decision = HOLDS if FAILS in decisions else OPEN if OPEN in decisions else FAILS
        return [dataclasses.replace(least, decision=decision)]


@dataclasses.dataclass(frozen=True)
class Mixed(Larger):
    """The number is larger in some places and smaller in others."""

    def __call__(self, results: Results) -> list[Finding]:
        pairs = []
        for place in dict.fromkeys(r.place for r in results):
            for found in super().__call__([r for r in results if r.place == place]):
                about = f"{found.about} on {place}"
                pairs.append(dataclasses.replace(found, about=about))
        if len(pairs) < 2:
            return []
        pairs.sort(key=lambda f: f.value)
        return [pairs[-1], pairs[0].opposite()]


@dataclasses.dataclass(frozen=True)
class Within:
    """In each model one number is larger than another.

    With fewer than three seeds a run's own images decide, where they are known.
    """

    claim: str
    more: str
    less: str

    def __call__(self, results: Results) -> list[Finding]:
        return [f for r in having(results, self.more, self.less) for f in self._of(r)]

    def _of(self, result: Result) -> list[Finding]:
        more, less = result.numbers[self.more], result.numbers[self.less]
        statistic = f"{NUMBERS[self.more]} - {NUMBERS[self.less]}"
        single = result.single.get(self.claim)
        if not single or len(more) >= 3:
            unit = "points" if self.more in SHARES else "difference"
            return [difference(more, less, result.name, statistic, unit)]
        found = []
        for label, value, low, high, count in single:
            decision = HOLDS if low > 0 else FAILS if high < 0 else OPEN
            own = label, decision, statistic, value, low, high
            n = f"{count:,} images of this run"
            found.append(Finding("", "", *own, n, "points"))
        return found


@dataclasses.dataclass(frozen=True)
class Bound:
    """A number of every run is below, or above, a limit."""

    number: str
    below: float | None = None
    above: float | None = None
    losses: str = ""

    def __call__(self, results: Results) -> list[Finding]:
        found = []
        for r in having(results, self.number, loss=self.losses):
            values = r.numbers[self.number].values()
            if self.above is None:
                worst, side = max(values), f"below {self.below:g}"
                good = worst < self.below
            else:
                worst, side = min(values), f"above {self.above:g}"
                good = worst > self.above
            statistic = f"{NUMBERS[self.number]}; {side}"
            found.append(
                exact(r.name, worst, good, statistic, counted(len(values), "run"))
            )
        return found


@dataclasses.dataclass(frozen=True)
class Range:
    """The best and the worst setting of a loss differ by less than a point."""

    loss: str

    def __call__(self, results: Results) -> list[Finding]:
        found = []
        for group in alike(having(results, "accuracy", loss=self.loss)):
            if len(group) > 1:
                worst, *_, best = sorted(group, key=Result.mean)
                gap = compared(best, worst, more=CHOSEN, by=0.01)
                found.append(gap.opposite())
        return found


def having(results: Iterable[Result], *numbers: str, loss: str = "") -> list[Result]:
    """The results that have these numbers, of some losses where these are named."""
    return [
        r
        for r in results
        if all(r.numbers.get(n) for n in numbers)
        and (not loss or r.loss in loss.split())
    ]


def alike(results: Iterable[Result], *free: str) -> list[list[Result]]:
    """The results in groups that may be compared; see `Result.shared`."""
    return list(grouped(results, lambda result: result.shared(*free)).values())
