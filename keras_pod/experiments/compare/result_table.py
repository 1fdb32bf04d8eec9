"""A table of results for people, with a title above and notes below."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from keras_pod.core import markdown
from keras_pod.core.disk import write_whole
from keras_pod.experiments.run.console import show_table


@dataclasses.dataclass(frozen=True)
class ResultTable:
    """A table as text; its first `left` columns are words, the others numbers."""

    title: str
    columns: Sequence[str]
    cells: list[list[str]]
    notes: list[str]
    left: int = 1

    def write(self, path: Path) -> None:
        """Write it as Markdown."""
        table = markdown.table(self.columns, self.cells, self.left)
        parts = [f"**{self.title}**", "\n".join(table), *self.notes]
        text = "\n\n".join(parts) + "\n"
        write_whole(path, lambda beside: beside.write_text(text))

    def show(
        self, console: Console, left_out: Sequence[str] = (), rows: int | None = None
    ) -> None:
        """Print it without the columns that are `left_out`; at most so many rows."""
        cells = self.cells[:rows]
        show_table(
            console, self.title, self.columns, cells, self.left, left_out=left_out
        )
        for note in self.notes:
            console.print(note)
