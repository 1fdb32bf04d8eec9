"""The claims of the papers, as claims.toml has them, and what results say of them."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from keras_pod.experiments.compare.results import run_name
from keras_pod.experiments.papers import kinds
from keras_pod.experiments.papers.evidence import (
    CHOSEN,
    CLAIMS_FILE,
    HOLDS,
    OPEN,
    Finding,
    Result,
    Results,
    Seeds,
    grouped,
    whole,
)
from keras_pod.experiments.papers.recipes import Cell, PaperTable

_WHERE: dict[str, Callable[[Result], bool]] = {
    "": lambda result: True,
    "faces": lambda result: result.settings["data"].startswith("facescrub"),
    "ImageNet": lambda result: result.settings["data"].startswith("imagenet"),
    "many classes": lambda r: _WHERE["ImageNet"](r) and r.num_classes >= 1000,
    "decays": lambda result: result.settings.get("l2") != 0,
}
# Numbers that claims know by another name than cells do.
_NUMBERS = {
    "accuracy_last": "accuracy",
    "accuracy_batch_mean": "accuracy",
    "energy_variance": "energy",
    "pod_loss": "loss",
}
OTHER_DATA = "on other data than the claim is about"


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of a paper that runs can decide; claims.toml says what each is."""

    says: str
    kind: str = "larger"
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    where: str = ""
    of_all: bool = False
    across: bool = False
    of_data: bool = False


CLAIMS = {name: Claim(**entry) for name, entry in CLAIMS_FILE["claims"].items()}


def findings(name: str, results: Results) -> list[Finding]:
    """The findings of results on a claim of `CLAIMS`."""
    claim = CLAIMS[name]
    inside, no = _WHERE[claim.where.removeprefix("not ")], claim.where.startswith("not")
    own = [result for result in results if inside(result) != no]
    found = getattr(kinds, claim.kind)(own, **claim.given)
    told = {"claim": name.split("-")[0], "says": claim.says}
    return [dataclasses.replace(one, **told) for one in found]


class Verdict(NamedTuple):
    """The decision on a claim about a place of a table, and what it rests on."""

    claim: str
    decision: str
    statistic: str


def judge(
    table: PaperTable, values: Iterable[Seeds], complete: bool = True
) -> list[Verdict]:
    """The verdicts on a table's claims; one that lacks its rows is left out.

    `values` are of each cell, {} where no run succeeded; a table without some of its
    rows is not `complete`.
    """
    # No run is behind the cells that have our number.
    pairs = zip(table.cells, values, strict=True)
    run = [(cell, own) for cell, own in pairs if cell.ours is None]
    verdicts = []
    for name in table.claims:
        claim = CLAIMS[name]
        if claim.of_data and any(cell.stand_in for cell in table.cells):
            verdicts.append(Verdict(f"{name}: {claim.says}", OPEN, OTHER_DATA))
            continue
        places = {"all columns": run} if claim.across else grouped(run, _place)
        for place, own in places.items():
            if found := findings(name, _results(own)):
                decision, statistic = _together(found)
                missing = dict.fromkeys(cell.row for cell, seeds in own if not seeds)
                if claim.of_all and (missing or not complete):
                    decision = OPEN
                    statistic += f"; without {', '.join(missing) or 'the other rows'}"
                told = f"{name} ({place}): {claim.says}"
                verdicts.append(Verdict(told, decision, statistic))
    return verdicts


def _place(pair: tuple[Cell, Seeds]) -> str:
    cell, _ = pair
    return cell.column + (f", on {cell.settings.data}" if cell.stand_in else "")


def _results(pairs: Sequence[tuple[Cell, Seeds]]) -> list[Result]:
    """The numbers of the same runs together."""
    results = []
    for own in grouped(pairs, lambda pair: run_name(pair[0].settings, "")).values():
        cells = [cell for cell, _ in own]
        name = ", ".join(dict.fromkeys(cell.row for cell in cells))
        numbers = {_NUMBERS.get(cell.value, cell.value): seeds for cell, seeds in own}
        if mean := numbers.get("distance_mean"):
            variance = numbers["distance_variance"]
            spread = {seed: variance[seed] ** 0.5 / mean[seed] for seed in mean}
            numbers["distance_spread"] = spread
        settings = dataclasses.asdict(cells[0].settings)
        results.append(Result(name, settings, numbers, cells[0].column))
    return results


def _together(found: list[Finding]) -> tuple[str, str]:
    """The decision, and the parts that decide it: of those that all hold, the least."""
    decision, more = whole(found), ""
    told = [part for part in found if part.decision == decision]
    if decision == HOLDS and len(found) > 3:
        told = [min(told, key=lambda f: f.value if f.low is None else f.low)]
        more = f"; the least of {len(found)}"
    if told[0].statistic.endswith(CHOSEN):
        more += CHOSEN
    return decision, "; ".join(part.text for part in told) + more
