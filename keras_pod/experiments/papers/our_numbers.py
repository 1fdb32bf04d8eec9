"""Our numbers of a paper's table beside the published ones, and what they decide."""

import dataclasses
import statistics
from pathlib import Path

from keras_pod.core import markdown
from keras_pod.core.disk import write_csv, write_whole
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.papers.recipes import Cell, PaperTable
from keras_pod.experiments.papers.verdicts import Verdict, judge
from keras_pod.experiments.run.settings import Settings


def seeded(cell: Cell, seed: int) -> Settings:
    """The settings of a cell's run with that seed."""
    # The recipes name n, so the number of classes decides nothing here.
    return dataclasses.replace(cell.settings, seed=seed).resolve(2)


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


def lines_of(table: PaperTable, records: list[Record], seeds: int) -> list[Line]:
    """A line for each cell, with what has been run of it."""
    lines = []
    for cell in table.cells:
        found = [_of_seed(cell, seed, records) for seed in range(seeds)]
        good = [r["result"] for r in found if r and cell.value in r.get("result", {})]
        failed = [_failure(cell, r) for r in found if r]
        ours = [_number(result, cell.value) for result in good]
        if cell.ours is not None:
            ours = [cell.ours]
        best = [100 * result["accuracy_best"] for result in good]
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
                best=statistics.mean(best)
                if best and cell.value == "accuracy_last"
                else None,
                seeds=len(good),
                failed="; ".join(dict.fromkeys(reason for reason in failed if reason)),
                remark=_remark(cell, good),
                stand_in=cell.stand_in,
            )
        )
    return lines


def _of_seed(cell: Cell, seed: int, records: list[Record]) -> Record | None:
    return None if cell.ours is not None else find(records, seeded(cell, seed))


def _failure(cell: Cell, record: Record) -> str:
    if "failed" in record:
        return record["failed"]
    return "" if cell.value in record["result"] else f"no {cell.value} was measured"


def _remark(cell: Cell, good: list[dict]) -> str:
    """The shrinkage that an accuracy of Gaussian classes rests on."""
    if cell.value != "accuracy_gaussian" or not good:
        return ""
    found = dict.fromkeys(f"{result['shrinkage']:g}" for result in good)
    return f"covariances shrunk by {', '.join(found)}"


def _number(result: dict, value: str) -> float:
    number = result[value]
    return 100 * number if value.startswith("accuracy") else number


def verdicts(
    table: PaperTable, records: list[Record], seeds: int, complete: bool = True
) -> list[Verdict]:
    """The verdicts of our runs on the table's claims.

    Args:
        table: with the runs behind its cells.
        records: the runs that ended.
        seeds: runs for each cell.
        complete: whether no rows of the table were left out.
    """

    def values(cell: Cell) -> dict[int, float]:
        found = {s: _of_seed(cell, s, records) for s in range(seeds)}
        results = {s: r.get("result", {}) for s, r in found.items() if r}
        return {s: r[cell.value] for s, r in results.items() if cell.value in r}

    return judge(table, values, complete)


_COLUMNS = ("row", "column", "data", "published", "ours", "difference", "best", "seeds")


def _cells(line: Line) -> tuple[str, ...]:
    ours = "failed" if line.failed else "not yet"
    return (
        line.row,
        line.column,
        line.data,
        _text(line.published, line.published_sd),
        ours if line.ours is None else _text(line.ours, line.ours_sd),
        "" if line.difference is None else f"{line.difference:+.4g}",
        "" if line.best is None else f"{line.best:.2f}",
        str(line.seeds) if line.seeds else "",
    )


def _text(value: float | None, spread: float | None) -> str:
    if value is None:
        return ""
    digits = ".2f" if 0.1 < abs(value) < 1e4 and value != int(value) else ".4g"
    text = format(value, digits)
    return text if spread is None else f"{text} ± {format(spread, digits)}"


def write(
    table: PaperTable, lines: list[Line], found: list[Verdict], folder: Path
) -> str:
    """Write the table with its verdicts as Markdown, which is returned, and as CSV."""
    text = [f"**{table.name}: {table.title}**", ""]
    text += markdown.table(_COLUMNS, map(_cells, lines), left=3)
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
