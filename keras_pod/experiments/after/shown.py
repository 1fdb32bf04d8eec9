"""Tables on a terminal."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from keras_pod.experiments.run.console import plain_console


def show_table(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    lines: Iterable[str] = (),
) -> None:
    """Print a table, its first column to the left, and lines below it."""
    table = Table(title=title)
    for place, name in enumerate(columns):
        justify = "right" if place else "left"
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*row)
    # A class may be called :cat:.
    console = plain_console(emoji=False)
    console.print(table)
    for line in lines:
        console.print(line, soft_wrap=True)
