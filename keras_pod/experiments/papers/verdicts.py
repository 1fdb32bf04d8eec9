"""Verdicts on a paper's claims about its table, from numbers in the table's cells."""

import dataclasses
import json
from collections.abc import Callable, Iterable
from typing import NamedTuple

from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import (
    CHOSEN,
    FAILS,
    HOLDS,
    OPEN,
    Finding,
    Result,
    Seeds,
    grouped,
)
from keras_pod.experiments.papers.recipes import Cell, PaperTable

# Numbers that claims know by another name than cells do.
_NUMBERS = {
    "accuracy_last": "accuracy",
    "accuracy_batch_mean": "accuracy",
    "energy_variance": "energy",
    "pod_loss": "loss",
}
OTHER_DATA = "on other data than the claim is about"


class Verdict(NamedTuple):
    """The decision on a claim: its name in `CLAIMS`, where, and what it says.

    It is "holds", "does not hold" or "not decided", by the numbers of `statistic`.
    """

    claim: str
    decision: str
    statistic: str


def judge(
    table: PaperTable, values: Callable[[Cell], Seeds], complete: bool = True
) -> list[Verdict]:
    """The verdicts on a table's claims; one that lacks its rows is left out.

    `values` tells what the seeds of a cell gave, {} where no run succeeded, `complete`
    whether no rows of the table were left out.
    """
    verdicts = []
    for name in table.claims:
        claim = CLAIMS[name]
        if claim.of_data and any(cell.stand_in for cell in table.cells):
            verdicts.append(Verdict(f"{name}: {claim.says}", OPEN, OTHER_DATA))
            continue
        # No run is behind the cells that have our number.
        run = (cell for cell in table.cells if cell.ours is None)
        places = {"all columns": table.cells} if claim.across else grouped(run, _place)
        for place, cells in places.items():
            found = findings(name, _results(cells, values))
            if not found:
                continue
            decision, statistic = _together(found)
            missing = [] if claim.across else [c.row for c in cells if not values(c)]
            if claim.of_all and (missing or not complete):
                decision = OPEN
                rows = ", ".join(dict.fromkeys(missing)) or "the other rows"
                statistic += f"; without {rows}"
            told = f"{name} ({place}): {claim.says}"
            verdicts.append(Verdict(told, decision, statistic))
    return verdicts


def _place(cell: Cell) -> str:
    return cell.column + (f", on {cell.settings.data}" if cell.stand_in else "")


def _results(cells: Iterable[Cell], values: Callable[[Cell], Seeds]) -> list[Result]:
    """The numbers of the same runs together."""

    def run(cell: Cell) -> str:
        return json.dumps(dataclasses.asdict(cell.settings), sort_keys=True)

    return [
        Result(
            name=", ".join(dict.fromkeys(cell.row for cell in own)),
            settings=dataclasses.asdict(own[0].settings),
            numbers={_NUMBERS.get(c.value, c.value): values(c) for c in own},
            place=own[0].column,
        )
        for own in grouped(cells, run).values()
    ]


def _together(found: list[Finding]) -> tuple[str, str]:
    """A claim of several parts holds if each does, and fails if one does.

    The parts that decide are told: of those that all hold, the least.
    """
    decisions = {part.decision for part in found}
    whole = FAILS if FAILS in decisions else OPEN if OPEN in decisions else HOLDS
    told = [part for part in found if part.decision == whole]
    more = ""
    if whole == HOLDS and len(found) > 3:
        told = [min(told, key=lambda f: f.value if f.low is None else f.low)]
        more = f"; the least of {len(found)}"
    if told[0].statistic.endswith(CHOSEN):
        more += CHOSEN
    return whole, "; ".join(part.text for part in told) + more
