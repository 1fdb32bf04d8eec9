"""What the papers claim of their tables, decided from our runs."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

from keras_pod.experiments.compare.difference import OPEN
from keras_pod.experiments.papers.decide import (
    Decision,
    against_all,
    beats,
    both_signs,
    each_pair,
    every_against_all,
    gain_falls,
    gamma_and_scale_ease,
    gap_grows,
    middle_is_best,
    pair,
    smallest_is_worst,
    softmax_against_pod,
    within_a_point,
)

# By (row, column) of a table: the results of its seeds, in percent, seed by seed.
Values = Mapping[tuple[str, str], Mapping[int, float]]


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
    """What a paper says of a table.

    Attributes:
        says: in words.
        decide: from the rows that have results of a column, or of all columns by
            name; None where those are missing that the claim is about.
        across: whether it is about all columns together.
        of_all: whether it is about every row, so that one without a result leaves it
            open.
        only_in: how the columns begin that it is about; () for all.
        opposite_in: how the columns begin of which the paper says the opposite.
        of_data: whether it is about what the data are, so that others decide nothing.
    """

    says: str
    decide: Callable[[Any], Decision]
    across: bool = False
    of_all: bool = False
    only_in: tuple[str, ...] = ("",)
    opposite_in: tuple[str, ...] = ()
    of_data: bool = False


def judge(
    names: Sequence[str],
    values: Values,
    complete: bool = True,
    stand_ins: Set[str] = frozenset(),
) -> list[Verdict]:
    """The verdicts on some claims; one that lacks its rows is left out.

    Args:
        names: of `CLAIMS`.
        values: of every row of the table; {} where no run succeeded.
        complete: whether these are all rows of the table.
        stand_ins: the columns that are of other data than the paper's.
    """
    verdicts = []
    for name in names:
        claim = CLAIMS[name]
        columns = {
            column: _column(claim, column, values)
            for column in dict.fromkeys(column for _, column in values)
            if column.startswith(claim.only_in)
        }
        places = {"all columns": columns} if claim.across else columns
        for place, every in places.items():
            found = claim.decide(_with_results(every, claim.across))
            if found is None:
                continue
            decision, statistic = found
            missing = [] if claim.across else [row for row in every if not every[row]]
            if claim.of_all and (missing or not complete):
                decision = OPEN
                statistic += f"; without {', '.join(missing) or 'the other rows'}"
            about = {*columns} if claim.across else {place}
            if claim.of_data and stand_ins & about:
                decision = OPEN
                statistic += "; on other data than the claim is about"
            verdicts.append(
                Verdict(f"{name} ({place}): {claim.says}", decision, statistic)
            )
    return verdicts


def _column(claim: Claim, column: str, values: Values) -> dict[str, dict[int, float]]:
    """The rows of a column, with the other sign where the opposite is claimed."""
    sign = -1 if column.startswith(claim.opposite_in) else 1
    return {
        row: {seed: sign * value for seed, value in by_seed.items()}
        for (row, c), by_seed in values.items()
        if c == column
    }


def _with_results(every: dict[str, Any], across: bool) -> dict[str, Any]:
    if across:
        return {name: _with_results(rows, False) for name, rows in every.items()}
    return {row: by_seed for row, by_seed in every.items() if by_seed}


_MARGINS = (
    "Center Loss",
    "AM-Softmax (m=0.35)",
    "ArcFace (m=0.5)",
    "CM (0.9, 0.4, 0.15)",
)
CLAIMS: dict[str, Claim] = {
    "C4": Claim(
        "images with large feature norms are classified better",
        pair("high norm", "low norm"),
    ),
    "C7": Claim("NaC beats the Cosine Loss", pair("NaC Loss", "Cosine Loss")),
    "C7-softmax": Claim(
        "NaC beats every loss of the softmax type",
        beats("NaC Loss", ("Softmax Loss", *_MARGINS, "COT", "PEDCC-Loss (m=0.5)")),
    ),
    "C8": Claim("SC adds accuracy: POD beats NaC", pair("POD Loss", "NaC Loss")),
    "C9": Claim("SC lowers the variance of the features", pair("NaC Loss", "POD Loss")),
    "C14": Claim("n between 2k and 40k is best", middle_is_best, of_all=True),
    "C15": Claim("n = k - 1 clearly hurts", smallest_is_worst, of_all=True),
    "C19": Claim("POD beats softmax", softmax_against_pod, of_all=True),
    "C20": Claim(
        "the gain of POD over softmax shrinks as classes are added",
        gain_falls("POD Loss", "Softmax Loss"),
        across=True,
        of_data=True,
    ),
    "C21": Claim(
        "POD beats softmax, and loses to it with 1000 classes",
        softmax_against_pod,
        of_all=True,
        opposite_in=("ImageNet(1000)",),
        of_data=True,
    ),
    "C22": Claim(
        "losses with margins or centres help faces, and not general images",
        each_pair(_MARGINS, "Softmax Loss"),
        opposite_in=("CIFAR", "Tiny ImageNet"),
        of_data=True,
    ),
    "C23": Claim("cosines beat Gaussian classes", pair("Cosine", "GDA")),
    "C23-classes": Claim(
        "cosines beat Gaussian classes by more with more classes",
        gap_grows("Cosine", "GDA", ("CIFAR10", "CIFAR100", "Tiny ImageNet")),
        across=True,
        of_data=True,
    ),
    "C29": Claim(
        "prototypes are most like WordNet with RBF-Softmax",
        against_all(lambda row: row.startswith("RBF-Softmax")),
        of_all=True,
        only_in=("similarity",),
    ),
    "C30": Claim(
        "superclasses cluster prototypes most with RBF-Softmax",
        against_all(lambda row: row.startswith("RBF-Softmax")),
        of_all=True,
        only_in=("Calinski",),
    ),
    "C31": Claim(
        "a larger gamma and a larger s make training easier",
        gamma_and_scale_ease,
        across=True,
    ),
    "C32": Claim(
        "s and gamma matter mildly (by less than a point)",
        within_a_point(lambda row: True),
        of_all=True,
    ),
    "C32-best": Claim(
        "gamma = 1 with s = 2 is best",
        against_all(lambda row: row == "gamma=1, s=2"),
        of_all=True,
    ),
    "C33": Claim(
        "RBF-Softmax beats all others",
        against_all(lambda row: row.startswith("RBF-Softmax")),
        of_all=True,
    ),
    "C37": Claim(
        "every SBN scale beats every other loss",
        every_against_all(lambda row: row.startswith("SBN")),
        of_all=True,
    ),
    "C38": Claim(
        "the scale of SBN matters little (by less than a point)",
        within_a_point(lambda row: row.startswith("SBN")),
        of_all=True,
    ),
    "C40": Claim(
        "AM-Softmax is unreliable off faces: it wins in some cells, loses in others",
        both_signs(lambda row: row.startswith("AM-Softmax"), "Cross-entropy"),
        across=True,
        of_data=True,
    ),
    "C40-faces": Claim(
        "AM-Softmax beats cross-entropy on faces",
        each_pair(
            ("AM-Softmax s=7.5 m=0.35", "AM-Softmax s=10 m=0.5"), "Cross-entropy"
        ),
        of_data=True,
    ),
}
