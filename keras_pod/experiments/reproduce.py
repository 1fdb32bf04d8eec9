"""reproduce: a paper's table, our numbers beside the published ones."""

import csv
import dataclasses
import io
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from keras_pod import data as datasets
from keras_pod.errors import InputError
from keras_pod.experiments import claims, recipes
from keras_pod.experiments.recipes import Cell, PaperTable
from keras_pod.experiments.results import Record, find
from keras_pod.experiments.run_folder import write_whole
from keras_pod.experiments.runner import run_all
from keras_pod.experiments.settings import Settings
from keras_pod.experiments.small import small

SCALES = ("paper", "small")


class CellRuns:
    """The runs behind the cells of some tables, each once."""

    def __init__(self, tables: Sequence[PaperTable], seeds: int) -> None:
        self.all: list[tuple[str, Settings]] = []
        for seed in range(seeds):
            for table in tables:
                for cell in table.cells:
                    self._add(f"{table.name} {cell.row}, {cell.column}", cell, seed)
        self.runs = len(self.all)
        self.epochs = sum(settings.epochs for _, settings in self.all)

    def _add(self, label: str, cell: Cell, seed: int) -> None:
        settings = seeded(cell, seed)
        if cell.ours is None and settings not in (s for _, s in self.all):
            self.all.append((label, settings))

    def todo(self, records: list[Record]) -> list[Settings]:
        """What has not been run yet."""
        return [s for _, s in self.all if find(records, s) is None]

    def ended(self, records: list[Record]) -> list[Record]:
        """The runs that ended."""
        found = (find(records, s) for _, s in self.all)
        return [record for record in found if record]

    def label(self, settings: Settings) -> str:
        """The first cell that a run is for."""
        return next(label for label, s in self.all if s == settings)


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

    @property
    def difference(self) -> float | None:
        """Ours minus the published number."""
        if self.ours is None or self.published is None:
            return None
        return self.ours - self.published


def reproduce(
    names: Sequence[str],
    scale: str = "paper",
    variant: str = "paper",
    seeds: int = 3,
    limit: int | None = None,
    epochs: int | None = None,
    out: str | os.PathLike = "runs/reproduce",
    jobs: int | None = 1,
    retry: bool = False,
    console: Console | None = None,
) -> list[Line]:
    """Runs the rows of papers' tables and prints them beside the published numbers.

    Args:
        names: tables, as in `keras_pod.experiments.recipes.TABLES`.
        scale: "paper", or "small" for stand-ins that two CPU cores can do.
        variant: "paper", or "code" for the choices of the published code.
        seeds: runs for each cell.
        limit: only the first rows of each table.
        epochs: of every run, in place of the recipe's.
        out: the folder; it gets results.jsonl and, for each table, a .md and a .csv.
        jobs: processes that train at the same time; None for what suits the machine.
        retry: whether to run again what failed.
        console: where progress goes; standard output by default.

    Returns:
        a line for each cell.

    Raises:
        InputError: an unknown table, data that are not here, a number out of range.
    """
    console = console or Console()
    for name, value in (("seeds", seeds), ("limit", limit), ("epochs", epochs)):
        if value is not None and value < 1:
            raise InputError(f"--{name} must be >= 1: {value}")
    if scale not in SCALES:
        raise InputError(f"--scale must be paper or small: {scale}")
    folder = Path(out)
    tables = [_table(name, scale, variant, limit, epochs) for name in names]
    tables = [_with_data_at_hand(table, console) for table in tables]
    runs = CellRuns(tables, seeds)

    def refresh(records: list[Record]) -> None:
        for table in tables:
            write(table, lines_of(table, records, seeds), folder)

    records = run_all(runs, folder, console, jobs, retry, refresh)
    refresh(records)
    every = []
    for table in tables:
        lines = lines_of(table, records, seeds)
        show(table, lines, records, seeds, console)
        every += lines
    console.print(f"  {folder}", highlight=False, soft_wrap=True)
    return every


def _table(
    name: str, scale: str, variant: str, limit: int | None, epochs: int | None
) -> PaperTable:
    table = recipes.get(name, variant)
    if scale == "small":
        table = small(table)
    if epochs:
        table = table.map(lambda s: dataclasses.replace(s, epochs=epochs))
    if limit:
        rows = list(dict.fromkeys(cell.row for cell in table.cells))[:limit]
        cells = tuple(cell for cell in table.cells if cell.row in rows)
        table = dataclasses.replace(table, cells=cells)
    return table


def _with_data_at_hand(table: PaperTable, console: Console) -> PaperTable:
    """Leaves out cells without data, and says how to get those.

    Raises:
        InputError: none of the table's data are here.
    """
    missing = {}
    for name in {c.settings.data for c in table.cells if c.ours is None}:
        here, how = datasets.available(name)
        if not here:
            missing[name] = how
    if not missing:
        return table
    cells = tuple(
        c for c in table.cells if c.ours is not None or c.settings.data not in missing
    )
    told = "\n".join(f"{name}: {how}" for name, how in sorted(missing.items()))
    if not cells:
        raise InputError(
            f"{table.name} needs data that are not here.\n{told}\n"
            "`--scale small` runs the same table on data that come with the packages."
        )
    console.print(f"{table.name} without some columns.\n{told}", highlight=False)
    return dataclasses.replace(table, cells=cells)


# -- lines ------------------------------------------------------------------------


def lines_of(table: PaperTable, records: list[Record], seeds: int) -> list[Line]:
    """A line for each cell, with what has been run of it."""
    lines = []
    for cell in table.cells:
        found = [_of_seed(cell, seed, records) for seed in range(seeds)]
        good = [r["result"] for r in found if r and "result" in r]
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
                failed="; ".join(r["failed"] for r in found if r and "failed" in r),
            )
        )
    return lines


def _of_seed(cell: Cell, seed: int, records: list[Record]) -> Record | None:
    return None if cell.ours is not None else find(records, seeded(cell, seed))


def _number(result: dict, value: str) -> float:
    number = result[value]
    return 100 * number if value.startswith("accuracy") else number


def verdicts(
    table: PaperTable, records: list[Record], seeds: int
) -> list[claims.Verdict]:
    """What our runs say of the table's claims."""
    values: dict = {}
    for cell in table.cells:
        by_seed = values.setdefault((cell.row, cell.column), {})
        for seed in range(seeds):
            record = _of_seed(cell, seed, records)
            if record and "result" in record:
                by_seed[seed] = _number(record["result"], cell.value)
    return claims.judge(table.claims, values)


# -- tables -----------------------------------------------------------------------

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


def write(table: PaperTable, lines: list[Line], folder: Path) -> None:
    """Writes the table as Markdown and CSV."""
    text = [f"**{table.name}: {table.title}**", "", "| " + " | ".join(_COLUMNS) + " |"]
    text.append("|---|---|---" + "|---:" * (len(_COLUMNS) - 3) + "|")
    text += ["| " + " | ".join(_cells(line)) + " |" for line in lines]
    text += ["", table.note] if table.note else []
    content = "\n".join(text) + "\n"
    write_whole(folder / f"{table.name}.md", lambda path: path.write_text(content))
    sheet = io.StringIO()
    names = [field.name for field in dataclasses.fields(Line)]
    writer = csv.DictWriter(sheet, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(dataclasses.asdict(line) for line in lines)
    sheet_text = sheet.getvalue()
    write_whole(folder / f"{table.name}.csv", lambda path: path.write_text(sheet_text))


def show(
    table: PaperTable,
    lines: list[Line],
    records: list[Record],
    seeds: int,
    console: Console,
) -> None:
    """Prints the table, its note and the verdicts on its claims."""
    shown = Table(
        title=f"{table.name}: {table.title}",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=0,
    )
    for i, name in enumerate(_COLUMNS):
        shown.add_column(name, justify="left" if i < 3 else "right", overflow="fold")
    for line in lines:
        shown.add_row(*_cells(line))
    console.print(shown)
    if table.note:
        console.print(table.note, highlight=False)
    for line in lines:
        if line.failed:
            console.print(f"{line.row}, {line.column}: {line.failed}", highlight=False)
    for verdict in verdicts(table, records, seeds):
        console.print(
            f"{verdict.claim}: {verdict.decision}. {verdict.statistic}",
            highlight=False,
            markup=False,
        )


def show_list(console: Console) -> None:
    """Prints every table, what data it needs and whether those are here."""
    shown = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name in ("table", "what", "cells", "data that are here", "missing"):
        shown.add_column(name)
    for table in recipes.TABLES.values():
        names = dict.fromkeys(c.settings.data for c in table.cells)
        here = [name for name in names if datasets.available(name)[0]]
        missing = [name for name in names if name not in here]
        if all(cell.ours is not None for cell in table.cells):
            here, missing = [], []
        shown.add_row(
            table.name,
            table.title,
            str(len(table.cells)),
            ", ".join(here),
            ", ".join(missing),
        )
    console.print(shown)
    console.print(
        "`keras-pod reproduce TABLE` says how to get missing data; `--scale small` "
        "needs none.",
        highlight=False,
    )
