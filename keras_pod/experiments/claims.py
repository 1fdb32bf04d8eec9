"""What the papers claim of their tables, decided from our runs."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

from scipy import stats

# By (row, column) of a table: the results of its seeds, in percent, seed by seed.
Values = Mapping[tuple[str, str], Mapping[int, float]]

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether a claim holds in our runs.

    Attributes:
        claim: its number in the project's list, and what it says.
        decision: "holds", "does not hold" or "not decided".
        statistic: the numbers that it rests on, as text.
    """

    claim: str
    decision: str
    statistic: str


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a paper says of a table, column by column.

    Attributes:
        says: in words.
        decide: from the rows of a column that have results; None where it has not
            those that the claim is about.
        opposite_in: columns for which the paper says the opposite.
        of_all: whether it is about every row, so that one without a result leaves it
            open.
    """

    says: str
    decide: Callable[["Rows"], "Decision"]
    of_all: bool = False
    opposite_in: tuple[str, ...] = ()


def judge(names: Sequence[str], values: Values, complete: bool = True) -> list[Verdict]:
    """The verdicts on some claims; one that lacks its rows is left out.

    Args:
        names: of `CLAIMS`.
        values: of every row of the table; {} where no run succeeded.
        complete: whether these are all rows of the table.
    """
    verdicts = []
    for name in names:
        columns = dict.fromkeys(column for _, column in values)
        for column in columns:
            claim = CLAIMS[name]
            sign = -1 if column in claim.opposite_in else 1
            every = {
                row: {seed: sign * value for seed, value in by_seed.items()}
                for (row, c), by_seed in values.items()
                if c == column
            }
            found = claim.decide({r: v for r, v in every.items() if v})
            if found is None:
                continue
            decision, statistic = found
            missing = [row for row, v in every.items() if not v]
            if claim.of_all and (missing or not complete):
                decision = OPEN
                statistic += f"; without {', '.join(missing) or 'the other rows'}"
            verdicts.append(
                Verdict(f"{name} ({column}): {claim.says}", decision, statistic)
            )
    return verdicts


Rows = Mapping[str, Mapping[int, float]]
Decision = tuple[str, str] | None


def greater(
    a: Mapping[int, float], b: Mapping[int, float], by: float = 0.0
) -> tuple[str, str]:
    """Whether a exceeds b, by the 95 % interval of their difference seed by seed.

    Fewer than three seeds, or differences that are all the same, decide nothing: such
    an interval means little.

    Args:
        a, b: results by seed.
        by: how much a has to exceed b.

    >>> greater({0: 2.0, 1: 2.1, 2: 1.9}, {0: 1.0, 1: 1.0, 2: 1.0})
    ('holds', '+1.00 [+0.75, +1.25], 3 seeds')
    >>> greater({0: 2.0}, {0: 1.0})
    ('not decided', '+1.00, 1 seed')
    """
    shared = sorted(a.keys() & b.keys())
    gaps = [a[seed] - b[seed] for seed in shared]
    if not gaps:
        return OPEN, "no seed that both have"
    mean = sum(gaps) / len(gaps)
    show = _format([*a.values(), *b.values()])
    seeds = f"{len(gaps)} seed" + ("s" if len(gaps) > 1 else "")
    if len(gaps) < 3:
        return OPEN, f"{show(mean)}, {seeds}"
    error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (len(gaps) - 1) / len(gaps))
    reach = error * stats.t.ppf(0.975, len(gaps) - 1)
    low, high = mean - reach, mean + reach
    decision = HOLDS if low > by else FAILS if high < by else OPEN
    if error <= 1e-9 * max(map(abs, [*a.values(), *b.values()])):
        decision = OPEN
    return decision, f"{show(mean)} [{show(low)}, {show(high)}], {seeds}"


def _format(values: Sequence[float]) -> Callable[[float], str]:
    """Two decimals for percentages, significant digits for what is far smaller."""
    small = max(abs(value) for value in values) < 0.1
    return lambda number: f"{number:+.2e}" if small else f"{number:+.2f}"


def _mean(values: Mapping[int, float]) -> float:
    return sum(values.values()) / len(values)


def _pair(better: str, worse: str) -> Callable[[Rows], Decision]:
    def decide(rows: Rows) -> Decision:
        if better not in rows or worse not in rows:
            return None
        return greater(rows[better], rows[worse])

    return decide


def _all_of(parts: list[tuple[str, tuple[str, str]]]) -> Decision:
    """A claim of several comparisons holds if each does, and fails if one does."""
    if not parts:
        return None
    decisions = [decision for _, (decision, _) in parts]
    whole = HOLDS if set(decisions) == {HOLDS} else OPEN
    whole = FAILS if FAILS in decisions else whole
    return whole, "; ".join(f"{name}: {text}" for name, (_, text) in parts)


def _against_all(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether the best of our rows beats each of the others."""

    def decide(rows: Rows) -> Decision:
        mine = [row for row in rows if ours(row)]
        others = [row for row in rows if not ours(row)]
        if not mine or not others:
            return None
        best = max(mine, key=lambda row: _mean(rows[row]))
        return _all_of(
            [(f"{best} - {row}", greater(rows[best], rows[row])) for row in others]
        )

    return decide


def _every_against_all(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether each of our rows beats the best of the others."""

    def decide(rows: Rows) -> Decision:
        mine = [row for row in rows if ours(row)]
        others = [row for row in rows if not ours(row)]
        if not mine or not others:
            return None
        best = max(others, key=lambda row: _mean(rows[row]))
        return _all_of(
            [(f"{row} - {best}", greater(rows[row], rows[best])) for row in mine]
        )

    return decide


def _softmax_against_pod(rows: Rows) -> Decision:
    parts = []
    for row in rows:
        other = row.replace("POD Loss", "Softmax Loss")
        if "POD Loss" in row and other in rows:
            parts.append((row, greater(rows[row], rows[other])))
    return _all_of(parts)


def _dimensions(rows: Rows) -> dict[int, Mapping[int, float]]:
    return {int(row.split("=")[1]): v for row, v in rows.items() if "n =" in row}


CHOSEN = "the best chosen by the same runs"


def _middle_is_best(rows: Rows) -> Decision:
    found = _dimensions(rows)
    # k = 10 classes: 2k to 40k.
    inside = {n: v for n, v in found.items() if 20 <= n <= 400}
    outside = {n: v for n, v in found.items() if n not in inside}
    if not inside or not outside:
        return None
    best_in = max(inside, key=lambda n: _mean(inside[n]))
    best_out = max(outside, key=lambda n: _mean(outside[n]))
    decision, text = greater(inside[best_in], outside[best_out])
    return decision, f"n = {best_in} - n = {best_out}: {text}; {CHOSEN}"


def _smallest_is_worst(rows: Rows) -> Decision:
    found = _dimensions(rows)
    # k = 10 classes: n = k - 1.
    if 9 not in found or len(found) < 2:
        return None
    best = max((n for n in found if n != 9), key=lambda n: _mean(found[n]))
    decision, text = greater(found[best], found[9])
    return decision, f"n = {best} - n = 9: {text}; {CHOSEN}"


def _within_a_point(ours: Callable[[str], bool]) -> Callable[[Rows], Decision]:
    """Whether the best and the worst of our rows differ by less than a point."""

    def decide(rows: Rows) -> Decision:
        mine = {row: values for row, values in rows.items() if ours(row)}
        if len(mine) < 2:
            return None
        best = max(mine, key=lambda row: _mean(mine[row]))
        worst = min(mine, key=lambda row: _mean(mine[row]))
        decision, text = greater(mine[best], mine[worst], by=1.0)
        opposite = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}
        return opposite[decision], f"{best} - {worst}: {text}; {CHOSEN}"

    return decide


CLAIMS: dict[str, Claim] = {
    "C4": Claim(
        "images with large feature norms are classified better",
        _pair("high norm", "low norm"),
    ),
    "C7": Claim("NaC beats the Cosine Loss", _pair("NaC Loss", "Cosine Loss")),
    "C8": Claim("SC adds accuracy: POD beats NaC", _pair("POD Loss", "NaC Loss")),
    "C9": Claim(
        "SC lowers the variance of the features", _pair("NaC Loss", "POD Loss")
    ),
    "C14": Claim("n between 2k and 40k is best", _middle_is_best, of_all=True),
    "C15": Claim("n = k - 1 clearly hurts", _smallest_is_worst, of_all=True),
    "C19": Claim("POD beats softmax", _softmax_against_pod),
    "C21": Claim(
        "POD beats softmax, and loses to it with 1000 classes",
        _softmax_against_pod,
        of_all=True,
        opposite_in=("ImageNet(1000)",),
    ),
    "C23": Claim("cosines beat Gaussian classes", _pair("Cosine", "GDA")),
    "C30": Claim(
        "superclasses cluster prototypes most with RBF-Softmax",
        _against_all(lambda row: row.startswith("RBF-Softmax")),
        of_all=True,
    ),
    "C32": Claim(
        "s and gamma matter mildly (by less than a point)",
        _within_a_point(lambda row: True),
        of_all=True,
    ),
    "C33": Claim(
        "RBF-Softmax beats all others",
        _against_all(lambda row: row.startswith("RBF-Softmax")),
        of_all=True,
    ),
    "C37": Claim(
        "every SBN scale beats every other loss",
        _every_against_all(lambda row: row.startswith("SBN")),
        of_all=True,
    ),
    "C38": Claim(
        "the scale of SBN matters little (by less than a point)",
        _within_a_point(lambda row: row.startswith("SBN")),
        of_all=True,
    ),
}
