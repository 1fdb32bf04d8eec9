"""Our numbers of a paper's table beside the published ones, and what they decide."""

import dataclasses
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from keras_pod.core import markdown
from keras_pod.core.disk import write_csv, write_whole
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.papers.recipes import Cell, PaperTable
from keras_pod.experiments.papers.verdicts import Verdict
from keras_pod.experiments.run.settings import Settings


def seeded(cell: Cell, seed: int) -> Settings:
    """The settings of a cell's run with that seed."""
    # The recipes name n, so the number of classes decides nothing here.
    return dataclasses.replace(cell.settings, seed=seed).resolve(2)


def _ended(cell: Cell, records: list[Record], seeds: int) -> dict[int, Record]:
    """The runs of a cell that ended, by seed."""
    if cell.ours is not None:
        return {}
    found = {seed: find(records, seeded(cell, seed)) for seed in range(seeds)}
    return {seed: record for seed, record in found.items() if record}


@dataclasses.dataclass(frozen=True)
class Line:
    """A cell with what our runs gave, in percent where it is an accuracy."""

    table: str
    row: str
    column: str
    data: str
    published: float | None
    published_sd: float | None
    ours: float | None
    ours_sd: float | None
    best: float | None
    seeds: int
    failed: str
    remark: str
    stand_in: bool

    @property
    def difference(self) -> float | None:
        """Ours minus the published number, where they are of the same data."""
        if self.ours is None or self.published is None or self.stand_in:
            return None
        return self.ours - self.published

    @property
    def cells(self) -> dict[str, str]:
        """Itself in the table that people read, by column."""
        missing = "failed" if self.failed else "not yet"
        return {
            "row": self.row,
            "column": self.column,
            "data": self.data,
            "published": _text(self.published, self.published_sd),
            "ours": _text(self.ours, self.ours_sd) or missing,
            "difference": "" if self.difference is None else f"{self.difference:+.4g}",
            "best": "" if self.best is None else f"{self.best:.2f}",
            "seeds": str(self.seeds or ""),
        }


def _text(value: float | None, spread: float | None) -> str:
    if value is None:
        return ""
    digits = ".2f" if 0.1 < abs(value) < 1e4 and value != int(value) else ".4g"
    text = format(value, digits)
    return text if spread is None else f"{text} ± {format(spread, digits)}"


def lines_of(table: PaperTable, records: list[Record], seeds: int) -> list[Line]:
    """A line for each cell, with what has been run of it."""
    lines = []
    for cell in table.cells:
        ended = _ended(cell, records, seeds).values()
        good = [r["result"] for r in ended if cell.value in r.get("result", {})]
        ours = [cell.ours] if cell.ours is not None else []
        by = 100 if cell.value.startswith("accuracy") else 1
        ours += [by * result[cell.value] for result in good]
        is_accuracy = cell.value == "accuracy_last"
        best = [100 * result["accuracy_best"] for result in good if is_accuracy]
        missing = f"no {cell.value} was measured"
        bad = [r for r in ended if cell.value not in r.get("result", {})]
        reasons = dict.fromkeys(record.get("failed", missing) for record in bad)
        lines.append(
            Line(
                table=table.name,
                row=cell.row,
                column=cell.column,
                data=cell.settings.data,
                published=cell.published,
                published_sd=cell.spread,
                ours=statistics.mean(ours) if ours else None,
                ours_sd=statistics.stdev(ours) if len(ours) > 1 else None,
                best=statistics.mean(best) if best else None,
                seeds=len(good),
                failed="; ".join(reasons),
                remark=_remark(cell, good),
                stand_in=cell.stand_in,
            )
        )
    return lines


def _remark(cell: Cell, good: list[dict]) -> str:
    """The shrinkage that an accuracy of Gaussian classes rests on."""
    if cell.value != "accuracy_gaussian" or not good:
        return ""
    found = dict.fromkeys(f"{result['shrinkage']:g}" for result in good)
    return f"covariances shrunk by {', '.join(found)}"


def values_of(records: list[Record], seeds: int) -> Callable[[Cell], dict[int, float]]:
    """The results of a cell by seed, from runs that ended; for `verdicts.judge`."""

    def values(cell: Cell) -> dict[int, float]:
        ended = _ended(cell, records, seeds).items()
        results = {seed: record.get("result", {}) for seed, record in ended}
        return {s: r[cell.value] for s, r in results.items() if cell.value in r}

    return values


def write(
    table: PaperTable, lines: Sequence[Line], found: list[Verdict], folder: Path
) -> str:
    """Write the table with its verdicts as Markdown, which is returned, and as CSV."""
    rows = [line.cells for line in lines]
    text = [f"**{table.name}: {table.title}**", ""]
    text += markdown.table([*rows[0]], (row.values() for row in rows), left=3)
    text += ["", table.note] if table.note else []
    told = [(line, text) for line in lines for text in (line.failed, line.remark)]
    remarks = [f"{line.row}, {line.column}: {text}." for line, text in told if text]
    text += ["", *remarks] if remarks else []
    for verdict in found:
        text += ["", f"{verdict.claim}: **{verdict.decision}**. {verdict.statistic}"]
    content = "\n".join(text) + "\n"
    write_whole(folder / f"{table.name}.md", lambda path: path.write_text(content))
    names = [field.name for field in dataclasses.fields(Line)]
    write_csv(folder / f"{table.name}.csv", names, map(dataclasses.asdict, lines))
    return content
