"""reproduce: a paper's table, our numbers beside the published ones."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from keras_pod import data as datasets
from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.processes import leave_memory_to_others
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.compare.runner import check_any_succeeded, run_all
from keras_pod.experiments.papers import recipes
from keras_pod.experiments.papers.our_numbers import (
    Line,
    lines_of,
    seeded,
    values_of,
    write,
)
from keras_pod.experiments.papers.recipes import PaperTable
from keras_pod.experiments.papers.stand_ins import with_stand_ins
from keras_pod.experiments.papers.verdicts import judge
from keras_pod.experiments.run.console import NO_MATPLOTLIB, plain_console
from keras_pod.experiments.run.settings import Settings


class CellRuns:
    """The runs behind the cells of some tables, each once."""

    # A table may need a package or weights that are not here; the others go on.
    keeps_going = True

    def __init__(self, tables: Sequence[PaperTable], seeds: int) -> None:
        cells = [(t, cell) for t in tables for cell in t.cells if cell.ours is None]
        # The name of the first cell that a run is for; `Settings` cannot be hashed.
        self.all: list[tuple[str, Settings]] = []
        for seed in range(seeds):
            for table, cell in cells:
                settings = seeded(cell, seed)
                if settings not in (s for _, s in self.all):
                    label = f"{table.name} {cell.row}, {cell.column}"
                    self.all.append((label, settings))
        self.runs = len(self.all)
        self.epochs = sum(settings.epochs for _, settings in self.all)

    def todo(self, records: list[Record]) -> list[Settings]:
        """The runs that have not ended yet."""
        return [s for _, s in self.all if find(records, s) is None]

    def ended(self, records: list[Record]) -> list[Record]:
        """The runs that ended."""
        return [*filter(None, (find(records, s) for _, s in self.all))]

    def label(self, settings: Settings) -> str:
        """The first cell that a run is for."""
        return next(label for label, s in self.all if s == settings)


def _is_drawn(settings: Settings) -> bool:
    """True if a figure needs the model that the run leaves in its folder."""
    return settings.dim == 2 and "angles" in settings.measure


def reproduce(
    names: Sequence[str],
    scale: str = "paper",
    variant: str = "paper",
    seeds: int = 3,
    limit: int | None = None,
    epochs: int | None = None,
    rows: Sequence[str] = (),
    out: str | os.PathLike = "runs/reproduce",
    jobs: int | None = 1,
    retry: bool = False,
    data: str | os.PathLike | None = None,
    console: Console | None = None,
) -> list[Line]:
    """Run the rows of papers' tables and print them beside the published numbers.

    The arguments are those of `keras-pod reproduce`, whose help says what they are.

    Returns:
        a line for each cell.

    Raises:
        InputError: an unknown table or row, no table whose data are here, a number
            out of range, or an `out` that is a file.
        RuntimeError: no run succeeded, or a process that trains was killed.
    """
    console = console or plain_console()
    if jobs and jobs > 1:
        leave_memory_to_others()
    for name, value in (("seeds", seeds), ("limit", limit), ("epochs", epochs)):
        if value is not None and value < 1:
            raise InputError(f"--{name} must be >= 1: {value}")
    if scale not in ("paper", "small"):
        raise InputError(f"--scale must be paper or small: {scale}")
    folder = Path(out)
    check_folder(folder)
    tables = [_table(name, scale, variant, limit, epochs) for name in names]
    if data:
        tables = [_on(table, data) for table in tables]
    if rows:
        tables = _with_rows(tables, rows)
    tables = _with_data_at_hand(tables, console)
    complete = limit is None and not rows
    runs = CellRuns(tables, seeds)

    def refresh(records: list[Record]) -> list[tuple[list[Line], str]]:
        made = []
        for table in tables:
            lines = lines_of(table, records, seeds)
            found = judge(table, values_of(records, seeds), complete)
            made.append((lines, write(table, lines, found, folder)))
        return made

    records = run_all(runs, folder, console, jobs, retry, refresh, _is_drawn)
    every = []
    for table, (lines, text) in zip(tables, refresh(records), strict=True):
        console.print(Markdown(text))
        if table.figure:
            _draw(table, lines, folder, console)
        every += lines
    console.print(f"  {folder}", highlight=False, soft_wrap=True)
    check_any_succeeded(records)
    return every


def _draw(table: PaperTable, lines: list[Line], folder: Path, console: Console) -> None:
    try:
        from keras_pod.experiments.papers.figures import draw
    except ImportError:
        console.print(NO_MATPLOTLIB)
        return
    if drawn := draw(table, lines, folder):
        console.print(f"  {drawn}", soft_wrap=True)


def _table(
    name: str, scale: str, variant: str, limit: int | None, epochs: int | None
) -> PaperTable:
    table = _scaled(name, scale, variant)
    if variant != "paper":
        same = table.cells == _scaled(name, scale, "paper").cells
        change = " That changes nothing here." if same else ""
        table = table.noted(recipes.VARIANTS[variant] + change)
    if epochs:
        table = table.map(lambda settings: _with_epochs(settings, epochs))
        table = table.noted(
            f"All runs have {counted(epochs, 'epoch')} in place of the recipe's."
        )
    if limit:
        rows = list(dict.fromkeys(cell.row for cell in table.cells))
        table = table.keep(lambda cell: cell.row in rows[:limit])
        few = min(limit, len(rows))
        table = table.noted(f"Of {counted(len(rows), 'row')} the first {few} only.")
    return table


def _scaled(name: str, scale: str, variant: str) -> PaperTable:
    table = recipes.get(name, variant)
    if scale == "paper":
        return table
    return with_stand_ins(table, datasets.available("fashion_mnist")[0])


def _with_epochs(settings: Settings, epochs: int) -> Settings:
    # What is tested on once is so after the last of them.
    every = 1 if settings.validate_every == 1 else epochs
    return replace(settings, epochs=epochs, validate_every=every)


def _on(table: PaperTable, data: str | os.PathLike) -> PaperTable:
    """The table on one data set."""
    table = table.on_others(lambda cell: replace(cell.settings, data=os.fspath(data)))
    return table.noted(f"All runs are on {os.path.basename(data)}.")


def _with_rows(tables: list[PaperTable], rows: Sequence[str]) -> list[PaperTable]:
    every = dict.fromkeys(cell.row for table in tables for cell in table.cells)
    for row in rows:
        if row not in every:
            raise unknown_name("row", row, every)
    note = f"Of its rows only: {', '.join(rows)}."
    kept = [table.keep(lambda cell: cell.row in rows).noted(note) for table in tables]
    return [table for table in kept if table.cells]


def _with_data_at_hand(tables: list[PaperTable], console: Console) -> list[PaperTable]:
    """Leave out cells and tables without data, and say how to get those.

    InputError if the data of no table are here.
    """
    names = sorted({name for table in tables for name in table.data})
    found = {name: datasets.available(name) for name in names}
    missing = {name: how for name, (here, how) in found.items() if not here}
    kept, told = [], []
    for table in tables:
        lacking = [name for name in table.data if name in missing]
        left = table.keep(
            lambda c: c.ours is not None or c.settings.data not in missing
        )
        kept += [left] if left.cells else []
        if lacking:
            part = "some columns" if left.cells else "data, so that it is left out"
            told.append(f"{table.name} without {part}.")
            told += [f"{name}: {missing[name]}" for name in lacking]
    needs = "\n".join(told)
    if not kept:
        raise InputError(
            f"the data are not here.\n{needs}\n"
            "`--scale small` runs the same tables on data that are."
        )
    if needs:
        console.print(needs, highlight=False)
    return kept


def show_list(console: Console) -> None:
    """Print every table, what data it needs and whether those are here."""
    names = ("table", "what", "cells", "data that are here", "missing")
    shown = Table(*names, box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for table in recipes.TABLES.values():
        here = [name for name in table.data if datasets.available(name)[0]]
        missing = [name for name in table.data if name not in here]
        told = str(len(table.cells)), ", ".join(here), ", ".join(missing)
        shown.add_row(table.name, table.title, *told)
    console.print(shown)
    console.print(
        "`keras-pod reproduce TABLE` says how to get missing data; `--scale small` "
        "goes without them.",
        highlight=False,
    )
