"""Our numbers of a paper's table beside the published ones."""

import dataclasses
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_pod.core import markdown
from keras_pod.core.disk import write_csv, write_whole
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.papers.claims import Verdict
from keras_pod.experiments.papers.evidence import Seeds
from keras_pod.experiments.papers.recipes import Cell, PaperTable
from keras_pod.experiments.run.settings import Settings


def seeded(cell: Cell, seed: int) -> Settings:
    """The settings of a cell's run with that seed."""
    # The recipes name n, so the number of classes decides nothing here.
    return dataclasses.replace(cell.settings, seed=seed).resolve(2)


@dataclasses.dataclass(frozen=True)
class Line:
    """A cell with what its runs gave: by seed, at their best, and why some failed."""

    cell: Cell
    values: Seeds
    bests: Sequence[float] = ()
    failed: str = ""

    @property
    def ours(self) -> float | None:
        """Our number, in percent where it is an accuracy; None for no run."""
        return statistics.mean(self._shown) if self.values else self.cell.ours

    @property
    def _shown(self) -> list[float]:
        by = 100 if self.cell.value.startswith("accuracy") else 1
        return [by * value for value in self.values.values()]

    @property
    def difference(self) -> float | None:
        """Ours minus the published number, where they are of the same data."""
        if self.ours is None or self.cell.published is None or self.cell.stand_in:
            return None
        return self.ours - self.cell.published

    @property
    def row(self) -> dict[str, Any]:
        """Itself in the CSV file."""
        return {
            "row": self.cell.row,
            "column": self.cell.column,
            "data": self.cell.settings.data,
            "published": self.cell.published,
            "published_sd": self.cell.spread,
            "ours": self.ours,
            "ours_sd": statistics.stdev(self._shown) if len(self.values) > 1 else None,
            "best": 100 * statistics.mean(self.bests) if self.bests else None,
            "seeds": len(self.values),
            "failed": self.failed,
            "stand_in": self.cell.stand_in,
        }

    @property
    def texts(self) -> dict[str, str]:
        """Itself in the table that people read."""
        row, missing = self.row, "failed" if self.failed else "not yet"
        return {name: row[name] for name in ("row", "column", "data")} | {
            "published": _text(row["published"], row["published_sd"]),
            "ours": _text(row["ours"], row["ours_sd"]) or missing,
            "difference": "" if self.difference is None else f"{self.difference:+.4g}",
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
    if cell.ours is not None:
        return Line(cell, {})
    ended = {seed: find(records, seeded(cell, seed)) for seed in range(seeds)}
    ended = {seed: record for seed, record in ended.items() if record}
    results = {seed: record.get("result", {}) for seed, record in ended.items()}
    good = {seed: own for seed, own in results.items() if cell.value in own}
    missing = f"no {cell.value} was measured"
    bad = [record for seed, record in ended.items() if seed not in good]
    reasons = dict.fromkeys(record.get("failed", missing) for record in bad)
    bests = [own["accuracy_best"] for own in good.values()]
    return Line(
        cell,
        {seed: own[cell.value] for seed, own in good.items()},
        bests if cell.value == "accuracy_last" else (),
        "; ".join(reasons),
    )


def write(
    table: PaperTable, lines: Sequence[Line], found: list[Verdict], folder: Path
) -> str:
    """Write the table with its verdicts as Markdown, which is returned, and as CSV."""
    rows = [line.texts for line in lines]
    text = [f"**{table.name}: {table.title}**", ""]
    text += markdown.table([*rows[0]], (row.values() for row in rows), left=3)
    text += ["", table.note] if table.note else []
    failed = [line for line in lines if line.failed]
    text += [""] if failed else []
    text += [f"{ln.cell.row}, {ln.cell.column}: {ln.failed}." for ln in failed]
    for verdict in found:
        text += ["", f"{verdict.claim}: **{verdict.decision}**. {verdict.statistic}"]
    content = "\n".join(text) + "\n"
    write_whole(folder / f"{table.name}.md", lambda path: path.write_text(content))
    rows = [{"table": table.name} | line.row for line in lines]
    write_csv(folder / f"{table.name}.csv", [*rows[0]], rows)
    return content
