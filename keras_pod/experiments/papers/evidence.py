"""Results of runs, seed by seed, and findings on claims that follow from them."""

import dataclasses
import json
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, TypeVar

from scipy import stats

from keras_pod.experiments.papers.recipes.table import num_classes
from keras_pod.experiments.run.settings import PER_RUN

_T = TypeVar("_T")
HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"
# Values by seed. Shares, such as accuracies, are numbers from 0 to 1.
Seeds = Mapping[int, float]
# What a method chooses for itself, or what only tells runs of it apart; the rest has
# to be the same for a fair comparison.
OWN = (*PER_RUN, "norm_pass", "measure", "validate_every")
CLAIMS_FILE = tomllib.loads(
    resources.files(__package__).joinpath("claims.toml").read_text("utf-8")
)
CHOSEN = "; the best chosen by the same runs"
# What claims rest on, in words.
NUMBERS: dict[str, str] = CLAIMS_FILE["numbers"]
# The numbers whose differences are percentage points.
SHARES = ("accuracy", "accuracy_high_norm", "early", "steps", "within_2", "near_origin")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """The verdict of runs on a claim, or on a part of it.

    Attributes:
        claim: its number in docs/papers.md; whoever asks fills it in.
        says: the claim.
        about: the run, or the two methods.
        decision: "holds", "does not hold" or "not decided".
        statistic: what the number `value` is.
        low, high: its 95 % interval, or None.
        n: of what, how many.
        unit: "points" for a difference in percentage points, "difference" for any
            other, or "number".
    """

    claim: str = ""
    says: str = ""
    about: str
    decision: str
    statistic: str
    value: float
    low: float | None = None
    high: float | None = None
    n: str
    unit: str

    @property
    def text(self) -> str:
        """The number in a sentence."""
        if not math.isfinite(self.value):
            return f"{self.about}: {self.n}"
        value = self._show(self.value)
        if self.low is not None:
            value += f" [{self._show(self.low)}, {self._show(self.high)}]"
        return f"{self.about}: {value}, {self.n}"

    def _show(self, number: float) -> str:
        if self.unit == "points":
            return f"{100 * number:+.2f}"
        return f"{number:+.3g}" if self.unit == "difference" else f"{number:.3g}"

    def opposite(self) -> "Finding":
        """The finding on the claim's contrary."""
        decision = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}[self.decision]
        return dataclasses.replace(self, decision=decision)


@dataclasses.dataclass(frozen=True)
class Result:
    """The numbers of one way to train on one set of images.

    Attributes:
        name: of the method, or of a table's row.
        settings: of its runs, whatever the seed; loss, options, data and l2 are read.
        numbers: by name, the values of its seeds.
        place: where the number stands, such as a table's column.
        single: by claim about one model, what the images of each run say of it; it
            counts where there are too few seeds.
    """

    name: str
    settings: Mapping[str, Any]
    numbers: Mapping[str, Seeds]
    place: str = ""
    single: Mapping[str, Sequence[Finding]] = dataclasses.field(default_factory=dict)

    @property
    def num_classes(self) -> int | None:
        """k, where the name of the data tells it."""
        return num_classes(self.settings["data"])

    def mean(self, number: str = "accuracy") -> float:
        """The mean of a number over the seeds."""
        values = self.numbers[number].values()
        return sum(values) / len(values)

    def shared(self, *free: str) -> str:
        """A text that has to be the same in results that are compared.

        Settings or options that are `free` may differ besides the method's own; given
        any, the other options have to be the same too.
        """
        kept = {k: v for k, v in self.settings.items() if k not in (*OWN, *free)}
        if free:
            options = self.settings.get("options", {})
            kept["options"] = {k: v for k, v in options.items() if k not in free}
        return json.dumps(kept, sort_keys=True, default=str)


Results = Sequence[Result]


def having(results: Iterable[Result], *numbers: str, loss: str = "") -> list[Result]:
    """The results that have these numbers, of some losses where these are named."""
    return [
        r
        for r in results
        if all(r.numbers.get(n) for n in numbers)
        and (not loss or r.settings["loss"] in loss.split())
    ]


def alike(results: Iterable[Result], *free: str) -> list[list[Result]]:
    """The results in groups that may be compared; see `Result.shared`."""
    return list(grouped(results, lambda result: result.shared(*free)).values())


def difference(
    a: Seeds,
    b: Seeds,
    about: str,
    statistic: str,
    unit: str = "difference",
    by: float = 0.0,
) -> Finding:
    """Decide whether a exceeds b, by the 95 % interval of their paired difference.

    Seeds that both have count. Fewer than three, or differences that are all the same,
    decide nothing: such an interval means little. The other arguments are those of the
    finding, and how much, `by`, a has to exceed b.

    >>> difference({0: 2.0}, {0: 1.0}, "a - b", "size").text
    'a - b: +1, 1 seed; it takes 3'
    """
    gaps = [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]
    count, low, high, decision = len(gaps), None, None, OPEN
    mean = sum(gaps) / count if gaps else math.nan
    if count >= 3:
        error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (count - 1) / count)
        reach = error * stats.t.ppf(0.975, count - 1)
        low, high = mean - reach, mean + reach
        if error > 1e-9 * max(map(abs, [*a.values(), *b.values()])):
            decision = HOLDS if low > by else FAILS if high < by else OPEN
    n = counted(count, "seed") if gaps else "no seed in common"
    return Finding(
        about=about,
        decision=decision,
        statistic=statistic,
        value=mean,
        low=low,
        high=high,
        n=n + ("; it takes 3" if 0 < count < 3 else ""),
        unit=unit,
    )


def compared(
    a: Result, b: Result, number: str = "accuracy", more: str = "", by: float = 0.0
) -> Finding:
    """How much a number of the first exceeds that of the second, and has to."""
    unit = "points" if number in SHARES else "difference"
    about, statistic = f"{a.name} - {b.name}", NUMBERS[number] + more
    return difference(a.numbers[number], b.numbers[number], about, statistic, unit, by)


def of_runs(about: str, statistic: str, worst: float, good: bool, n: int) -> Finding:
    """A finding by the worst of some runs, without any spread."""
    return Finding(
        about=about,
        decision=HOLDS if good else FAILS,
        statistic=statistic,
        value=worst,
        n=counted(n, "run"),
        unit="number",
    )


def grouped(items: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    """The items that have a key in common, by that key, in their order."""
    groups: dict[str, list[_T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def counted(count: int, what: str) -> str:
    """So many of something.

    >>> counted(1, "run"), counted(2, "run")
    ('1 run', '2 runs')
    """
    return f"{count} {what}" + ("s" if count > 1 else "")
