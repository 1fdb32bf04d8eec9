"""Our numbers of a paper's table beside the published ones."""

import dataclasses
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_pod.core.disk import write_csv
from keras_pod.experiments.compare.comparison import ResultTable
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.papers.claims import Verdict
from keras_pod.experiments.papers.evidence import Seeds
from keras_pod.experiments.papers.recipes import Cell, PaperTable
from keras_pod.experiments.run.settings import Resolved


def seeded(cell: Cell, seed: int) -> Resolved:
    """The settings of a cell's run with that seed."""
    # The recipes name n, so the number of classes decides nothing here.
    return dataclasses.replace(cell.settings, seed=seed).resolve(2)


@dataclasses.dataclass(frozen=True)
class Line:
    """A cell with what its runs gave by seed, and its row in the CSV file.

    Accuracies are shares in the values and percent in the row.
    """

    cell: Cell
    values: Seeds
    row: dict[str, Any]

    @property
    def ours(self) -> float | None:
        """Our number; None for no run."""
        return self.row["ours"]

    @property
    def texts(self) -> dict[str, str]:
        """The line in the table that people read."""
        row, ours, published = self.row, self.ours, self.cell.published
        difference = ""
        # Numbers of other data are not subtracted.
        if not (ours is None or published is None or self.cell.stand_in):
            difference = f"{ours - published:+.4g}"
        missing = "failed" if row["failed"] else "not yet"
        return {name: row[name] for name in ("row", "column", "data")} | {
            "published": _text(published, self.cell.spread),
            "ours": _text(ours, row["ours_sd"]) or missing,
            "difference": difference,
            "best": "" if row["best"] is None else f"{row['best']:.2f}",
            "seeds": str(row["seeds"] or ""),
        }


def _text(value: float | None, spread: float | None) -> str:
    if value is None:
        return ""
    digits = ".2f" if 0.1 < abs(value) < 1e4 and value != int(value) else ".4g"
    text = format(value, digits)
    return text if spread is None else f"{text} ± {format(spread, digits)}"


def line_of(cell: Cell, records: list[Record], seeds: int) -> Line:
    """A cell with what has been run of it."""
    runs = {} if cell.ours is not None else {s: seeded(cell, s) for s in range(seeds)}
    found = {seed: find(records, settings) for seed, settings in runs.items()}
    ended = {seed: record for seed, record in found.items() if record}
    results = {seed: record.get("result", {}) for seed, record in ended.items()}
    good = {seed: own for seed, own in results.items() if cell.value in own}
    missing = f"no {cell.value} was measured"
    bad = (record for seed, record in ended.items() if seed not in good)
    failed = dict.fromkeys(record.get("failed", missing) for record in bad)
    values = {seed: own[cell.value] for seed, own in good.items()}
    by = 100 if cell.value.startswith("accuracy") else 1
    ours = [by * value for value in values.values()]
    is_last = cell.value == "accuracy_last"
    bests = [100 * own["accuracy_best"] for own in good.values() if is_last]
    row = {
        "row": cell.row,
        "column": cell.column,
        "data": cell.settings.data,
        "published": cell.published,
        "published_sd": cell.spread,
        "ours": statistics.mean(ours) if ours else cell.ours,
        "ours_sd": statistics.stdev(ours) if len(ours) > 1 else None,
        "best": statistics.mean(bests) if bests else None,
        "seeds": len(good),
        "failed": "; ".join(failed),
        "stand_in": cell.stand_in,
    }
    return Line(cell, values, row)


def write(
    table: PaperTable, lines: Sequence[Line], found: list[Verdict], folder: Path
) -> str:
    """Write the table with its verdicts as Markdown, which is returned, and as CSV."""
    cells, columns = [[*line.texts.values()] for line in lines], [*lines[0].texts]
    failed = [line.row for line in lines if line.row["failed"]]
    reasons = [f"{row['row']}, {row['column']}: {row['failed']}." for row in failed]
    verdicts = [f"{v.claim}: **{v.decision}**. {v.statistic}" for v in found]
    notes = [*filter(None, (table.note, "\n".join(reasons))), *verdicts]
    made = ResultTable(f"{table.name}: {table.title}", columns, cells, notes, left=3)
    rows = [{"table": table.name} | line.row for line in lines]
    write_csv(folder / f"{table.name}.csv", [*rows[0]], rows)
    return made.write(folder / f"{table.name}.md")
