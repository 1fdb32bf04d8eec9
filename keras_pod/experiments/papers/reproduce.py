"""reproduce: a paper's table, our numbers beside the published ones."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from keras_pod import data as datasets
from keras_pod.core.checks import integer
from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.processes import leave_memory_to_others
from keras_pod.experiments.compare.results import Record, run_name
from keras_pod.experiments.compare.runner import Runs, check_any_succeeded, run_all
from keras_pod.experiments.papers import recipes
from keras_pod.experiments.papers.claims import judge
from keras_pod.experiments.papers.our_numbers import Line, line_of, seeded, write
from keras_pod.experiments.papers.recipes import PaperTable
from keras_pod.experiments.papers.stand_ins import on_data, with_stand_ins
from keras_pod.experiments.run.console import (
    plain_console,
    save_picture,
    show_files,
    show_table,
)
from keras_pod.experiments.run.settings import Resolved, Settings


class CellRuns(Runs):
    """The runs behind the cells of some tables, each once, for `run_all`."""

    # A table may need a package or weights that are not here; the others go on.
    keeps_going = True

    def __init__(self, tables: Sequence[PaperTable], seeds: int) -> None:
        # By name, since `Settings` cannot be hashed, with the first cell it is for.
        self._all: dict[str, tuple[Resolved, str]] = {}
        for seed in range(seeds):
            for table in tables:
                for cell in (cell for cell in table.cells if cell.ours is None):
                    settings = seeded(cell, seed)
                    label = f"{table.name} {cell.row}, {cell.column}"
                    self._all.setdefault(run_name(settings, ""), (settings, label))

    def size(self) -> tuple[int, int]:
        return len(self._all), sum(own.epochs for own, _ in self._all.values())

    def known(self, records: list[Record]) -> list[Settings]:
        return [settings for settings, _ in self._all.values()]

    def label(self, settings: Settings) -> str:
        return self._all[run_name(settings, "")][1]


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
    """Run papers' tables and print them beside the published numbers.

    The arguments are those of `keras-pod reproduce`. RuntimeError if no run succeeded,
    InputError for what cannot be run.
    """
    console = console or plain_console()
    if jobs and jobs > 1:
        leave_memory_to_others()
    for name, value in (("seeds", seeds), ("limit", limit), ("epochs", epochs)):
        if value is not None:
            integer(f"--{name}", value, 1)
    if scale not in ("paper", "small"):
        raise InputError(f"--scale must be paper or small: {scale}")
    folder = Path(out)
    check_folder(folder)
    tables = [_table(name, scale, variant, data, epochs) for name in names]
    tables = _with_rows(tables, rows, limit)
    tables = _with_data_at_hand(tables, console)
    complete = limit is None and not rows
    runs = CellRuns(tables, seeds)

    def refresh(records: list[Record]) -> list[tuple[list[Line], str]]:
        made = []
        for table in tables:
            lines = [line_of(cell, records, seeds) for cell in table.cells]
            found = judge(table, [line.values for line in lines], complete)
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
    def picture() -> Any:
        from keras_pod.experiments.papers.figures import draw

        return draw(table, lines, folder)

    path = folder / f"{table.name}.png"
    if save_picture(path, picture, console):
        show_files(console, path)


def _table(
    name: str,
    scale: str,
    variant: str,
    data: str | os.PathLike | None,
    epochs: int | None,
) -> PaperTable:
    table = recipes.get(name, variant).noted(recipes.VARIANTS[variant])
    if scale == "small":
        table = with_stand_ins(table, datasets.available("fashion_mnist")[0])
    if data:
        table = on_data(table, os.fspath(data))
    return _with_epochs(table, epochs) if epochs else table


def _with_epochs(table: PaperTable, epochs: int) -> PaperTable:
    def change(settings: Settings) -> Settings:
        # What is tested on once is so after the last of them.
        every = 1 if settings.validate_every == 1 else epochs
        return replace(settings, epochs=epochs, validate_every=every)

    told = f"All runs have {counted(epochs, 'epoch')} in place of the recipe's."
    return table.map(change).noted(told)


def _with_rows(
    tables: list[PaperTable], rows: Sequence[str], limit: int | None
) -> list[PaperTable]:
    """The tables with the rows that are named, and of these the first ones."""
    every = dict.fromkeys(cell.row for table in tables for cell in table.cells)
    for row in rows:
        if row not in every:
            raise unknown_name("row", row, every)
    kept = []
    for table in tables:
        if rows:
            table = table.keep(lambda cell: cell.row in rows)
            table = table.noted(f"Of its rows only: {', '.join(rows)}.")
        own = list(dict.fromkeys(cell.row for cell in table.cells))
        if limit:
            first = own[:limit]
            table = table.of(cell for cell in table.cells if cell.row in first)
            told = f"Of {counted(len(own), 'row')} the first {len(first)} only."
            table = table.noted(told)
        kept += [table] if own else []
    return kept


def _with_data_at_hand(tables: list[PaperTable], console: Console) -> list[PaperTable]:
    """Leave out what has no data, and say how to get them; InputError for nothing."""
    names = sorted({name for table in tables for name in table.data})
    found = {name: datasets.available(name) for name in names}
    missing = {name: how for name, (here, how) in found.items() if not here}
    kept, told = [], []
    for table in tables:
        left = table.keep(
            lambda c: c.ours is not None or c.settings.data not in missing
        )
        kept += [left] if left.cells else []
        if left.cells != table.cells:
            part = "some columns" if left.cells else "data, so that it is left out"
            told.append(f"{table.name} without {part}.")
    needs = "\n".join([*told, *(f"{name}: {how}" for name, how in missing.items())])
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
    columns, rows = ("table", "what", "cells", "data that are here", "missing"), []
    for table in recipes.TABLES.values():
        here = {name: datasets.available(name)[0] for name in table.data}
        data = (
            ", ".join(n for n in here if here[n] == there) for there in (True, False)
        )
        rows.append((table.name, table.title, str(len(table.cells)), *data))
    show_table(console, None, columns, rows, left=5)
    console.print(
        "`keras-pod reproduce TABLE` says how to get missing data; `--scale small` "
        "goes without them.",
        highlight=False,
    )
