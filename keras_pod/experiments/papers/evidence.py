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
from keras_pod.experiments.run.settings import names_with

_T = TypeVar("_T")
HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"
# Values by seed. Shares, such as accuracies, are numbers from 0 to 1.
Seeds = Mapping[int, float]
# What a method chooses for itself, or what only tells runs of it apart; the rest has
# to be the same for a fair comparison.
OWN = (*names_with(shared=False), "norm_pass", "measure", "validate_every")
CLAIMS_FILE = tomllib.loads(
    resources.files(__package__).joinpath("claims.toml").read_text("utf-8")
)
# What claims rest on, in words.
NUMBERS: dict[str, str] = CLAIMS_FILE["numbers"]
# The numbers whose differences are percentage points.
SHARES = ("accuracy", "accuracy_high_norm", "early", "steps", "within_2", "near_origin")


@dataclasses.dataclass(frozen=True)
class Result:
    """The numbers of one way to train on one set of images.

    Attributes:
        name: of the method, or of a table's row.
        settings: of its runs, whatever the seed; loss, options, data and l2 are read.
        numbers: by name, the values of its seeds.
        place: where the number stands, such as a table's column.
        single: for claims about one model, by claim: of each run its label, the
            number with its 95 % interval, and how many images that rests on.
    """

    name: str
    settings: Mapping[str, Any]
    numbers: Mapping[str, Seeds]
    place: str = ""
    single: Mapping[str, Sequence[tuple[str, float, float, float, int]]] = (
        dataclasses.field(default_factory=dict)
    )

    @property
    def loss(self) -> str:
        return self.settings["loss"]

    @property
    def num_classes(self) -> int | None:
        """k, where the name of the data tells it."""
        return num_classes(self.settings["data"])

    def is_on(self, data: str) -> bool:
        """Tell whether the data are of that name, or some of its classes."""
        return self.settings["data"].startswith(data)

    def mean(self, number: str = "accuracy") -> float:
        """The mean of a number over the seeds."""
        values = self.numbers[number].values()
        return sum(values) / len(values)

    def shared(self, *free: str) -> str:
        """A text that has to be the same in results that are compared.

        Args:
            *free: settings or options that may differ besides the method's own; given
                any, the other options have to be the same too.
        """
        kept = {k: v for k, v in self.settings.items() if k not in (*OWN, *free)}
        if free:
            options = self.settings.get("options", {})
            kept["options"] = {k: v for k, v in options.items() if k not in free}
        return json.dumps(kept, sort_keys=True, default=str)


@dataclasses.dataclass(frozen=True)
class Finding:
    """The verdict of runs on a claim, or on a part of it.

    Attributes:
        claim: its number in docs/papers.md; whoever asks fills it in.
        says: the claim.
        about: the run, or the two methods.
        decision: "holds", "does not hold" or "not decided".
        statistic: what the number is.
        value: the number.
        low, high: its 95 % interval, or None.
        n: of what, how many.
        unit: "points" for a difference in percentage points, "difference" for any
            other, or "number".
    """

    claim: str
    says: str
    about: str
    decision: str
    statistic: str
    value: float
    low: float | None
    high: float | None
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


def difference(
    a: Seeds,
    b: Seeds,
    about: str,
    statistic: str,
    unit: str = "difference",
    by: float = 0.0,
) -> Finding:
    """Decide whether a exceeds b, by the 95 % interval of their paired difference.

    Fewer than three seeds, or differences that are all the same, decide nothing: such
    an interval means little.

    Args:
        a, b: results by seed; those that both have count.
        about, statistic, unit: of the finding.
        by: how much a has to exceed b.

    >>> difference({0: 2.0}, {0: 1.0}, "a - b", "size").text
    'a - b: +1, 1 seed; it takes 3'
    """
    gaps = [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]
    count, mean, low, high, decision = len(gaps), math.nan, None, None, OPEN
    if gaps:
        mean = sum(gaps) / count
    if count >= 3:
        error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (count - 1) / count)
        reach = error * stats.t.ppf(0.975, count - 1)
        low, high = mean - reach, mean + reach
        if error > 1e-9 * max(map(abs, [*a.values(), *b.values()])):
            decision = HOLDS if low > by else FAILS if high < by else OPEN
    n = counted(count, "seed") if gaps else "no seed in common"
    if 0 < count < 3:
        n += "; it takes 3"
    return Finding("", "", about, decision, statistic, mean, low, high, n, unit)


def exact(about: str, value: float, good: bool, statistic: str, n: str) -> Finding:
    """A finding by a number that a claim bounds, without any spread."""
    decision = HOLDS if good else FAILS
    return Finding("", "", about, decision, statistic, value, None, None, n, "number")


def compared(
    a: Result, b: Result, number: str = "accuracy", more: str = "", by: float = 0.0
) -> Finding:
    """How much a number of the first exceeds that of the second, and has to."""
    unit = "points" if number in SHARES else "difference"
    about, statistic = f"{a.name} - {b.name}", NUMBERS[number] + more
    return difference(a.numbers[number], b.numbers[number], about, statistic, unit, by)


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
