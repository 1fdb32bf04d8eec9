"""Tables in Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any


def table(
    columns: Sequence[str], rows: Iterable[Iterable[Any]], left: int | None = 1
) -> list[str]:
    """The lines of a table, of which so many columns are `left`, all if it is None.

    >>> table(["loss", "accuracy"], [["pod", 99.5]])
    ['| loss | accuracy |', '|---|---:|', '| pod | 99.5 |']
    """
    count = len(columns) if left is None else left
    marks = ["---"] * count + ["---:"] * (len(columns) - count)
    lines = [" | ".join(map(str, cells)) for cells in (columns, *rows)]
    head, *body = [f"| {line} |" for line in lines]
    return [head, f"|{'|'.join(marks)}|", *body]
