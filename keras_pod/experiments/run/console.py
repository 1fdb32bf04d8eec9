"""The output of commands: text, tables, names of files, pictures."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from keras_pod.core.disk import write_whole


def plain_console(**options: Any) -> Console:
    """A console that prints text as it is: no colours, no markup in brackets."""
    return Console(highlight=False, markup=False, **options)


def show_table(
    console: Console,
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    left: int = 0,
    left_out: Sequence[str] = (),
) -> None:
    """Print a table whose first `left` columns are words, and the others numbers.

    Columns that are `left_out` are not shown: a terminal seldom has room for all.
    """
    if title:
        # A table would break the line where its columns end.
        console.print(title, soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    kept = [i for i, name in enumerate(columns) if name not in left_out]
    for i in kept:
        table.add_column(
            columns[i].replace(" (", "\n("),
            justify="left" if i < left else "right",
            overflow="fold",
        )
    for cells in rows:
        table.add_row(*(cells[i] for i in kept))
    console.print(table)


def show_answer(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    lines: Iterable[str] = (),
) -> None:
    """Print a table, whose first column holds words, and lines below it."""
    # A class may be called :cat:.
    console = plain_console(emoji=False)
    if not console.is_terminal:
        # Lines of a file, or for another program, are whole.
        console.width = 10_000
    show_table(console, title, columns, rows, left=1)
    for line in lines:
        console.print(line, soft_wrap=True)


def show_files(console: Console, *paths: Path) -> None:
    """Print the paths of those files that there are."""
    for path in paths:
        if path.exists():
            console.print(f"  {path}", soft_wrap=True)


def save_picture(path: Path, draw: Callable[[], Any], console: Console) -> bool:
    """Write the figure that `draw` returns, if any; return whether it was written."""
    try:
        figure = draw()
    except ModuleNotFoundError as error:
        told = f"no picture: {error} (pip install keras-pod[plots])"
        console.print(told, markup=False)
        return False
    if figure is not None:
        write_whole(path, lambda beside: figure.savefig(beside, dpi=120))
    return figure is not None
