"""Answers of trained runs on a terminal."""

from collections.abc import Iterable, Sequence

from keras_pod.experiments.run.console import plain_console, show_table


def show_answer(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    lines: Iterable[str] = (),
) -> None:
    """Print a table, whose first column holds words, and lines below it."""
    # A class may be called :cat:.
    console = plain_console(emoji=False)
    show_table(console, title, columns, rows, left=1, wrap=True)
    for line in lines:
        console.print(line, soft_wrap=True)
