"""Results of runs, seed by seed, and findings on claims that follow from them."""

import dataclasses
import json
import math
import statistics
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from scipy import stats

from keras_pod.core.printable import counted
from keras_pod.experiments.papers.recipes.table import num_classes
from keras_pod.experiments.run.settings import PER_RUN

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"
# Values by seed; shares, such as accuracies, from 0 to 1.
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
    """The verdict of runs on a claim, or on a part of it."""

    # Its number in docs/papers.md and its words, which `findings` fills in.
    claim: str = ""
    says: str = ""
    # The run, or the two methods.
    about: str
    decision: str
    # The number `value` in words, with its 95 % interval, and of how many it is.
    statistic: str
    value: float
    low: float | None = None
    high: float | None = None
    n: str
    # "points" for a difference in percentage points, "difference", or "number".
    unit: str

    @property
    def text(self) -> str:
        """The number in a sentence."""
        if not math.isfinite(self.value):
            return f"{self.about}: {self.n}"
        value = self.shown(self.value)
        if self.low is not None and self.high is not None:
            value += f" [{self.shown(self.low)}, {self.shown(self.high)}]"
        return f"{self.about}: {value}, {self.n}"

    def shown(self, number: float) -> str:
        """A number of its unit as text."""
        if self.unit == "points":
            return f"{100 * number:+.2f}"
        return f"{number:+.3g}" if self.unit == "difference" else f"{number:.3g}"

    def opposite(self) -> "Finding":
        """The finding on the claim's contrary."""
        decision = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}[self.decision]
        return dataclasses.replace(self, decision=decision)


@dataclasses.dataclass(frozen=True)
class Result:
    """The numbers of a method or a table's row, with the settings of its runs.

    `place` is where they stand, such as a table's column.
    """

    name: str
    settings: Mapping[str, Any]
    numbers: Mapping[str, Seeds]
    place: str = ""

    @property
    def num_classes(self) -> int:
        """k, or 0 where the name of the data does not tell it."""
        return num_classes(self.settings["data"]) or 0

    def mean(self, number: str = "accuracy") -> float:
        """The mean of a number over the seeds."""
        return statistics.fmean(self.numbers[number].values())

    def shared(self, *free: str) -> str:
        """A text that has to be the same in results that are compared.

        What is `free` may differ; given any, other options have to be the same too.
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
    """Decide by the 95 % interval of a - b, seed by seed, whether a exceeds b.

    Fewer than three seeds in common, or differences that are all the same, decide
    nothing: such an interval means little.
    """
    gaps = [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]
    n = counted(len(gaps), "seed") if gaps else "no seed in common"
    mean = statistics.fmean(gaps) if gaps else math.nan
    low, high, decision = None, None, OPEN
    if len(gaps) >= 3:
        error = float(stats.sem(gaps))
        reach = error * float(stats.t.ppf(0.975, len(gaps) - 1))
        low, high = mean - reach, mean + reach
        if error > 1e-9 * max(map(abs, [*a.values(), *b.values()])):
            decision = HOLDS if low > by else FAILS if high < by else OPEN
    elif gaps:
        n += "; it takes 3"
    said = {"about": about, "statistic": statistic, "n": n, "unit": unit}
    return Finding(**said, decision=decision, value=mean, low=low, high=high)


def compared(
    a: Result, b: Result, number: str = "accuracy", more: str = "", by: float = 0.0
) -> Finding:
    """Decide whether a number of the first exceeds that of the second by enough."""
    about, statistic = f"{a.name} - {b.name}", NUMBERS[number] + more
    numbers = a.numbers[number], b.numbers[number]
    return difference(*numbers, about, statistic, unit_of(number), by)


def unit_of(number: str) -> str:
    """The unit of a difference of numbers of this name."""
    return "points" if number in SHARES else "difference"


def whole(parts: Sequence[Finding]) -> str:
    """A claim of several parts holds if each does, and fails if one does."""
    decisions = {part.decision for part in parts}
    return FAILS if FAILS in decisions else OPEN if OPEN in decisions else HOLDS


def grouped(items: Iterable[Any], key: Callable[[Any], str]) -> dict[str, list[Any]]:
    """The items that have a key in common, by that key, in their order."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
