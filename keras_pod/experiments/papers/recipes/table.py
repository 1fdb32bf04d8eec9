"""A table of a paper: cells with a published number and the run behind it."""

import dataclasses
from collections.abc import Callable

from keras_pod.experiments.run.settings import Settings


@dataclasses.dataclass(frozen=True)
class Cell:
    """A number of a table.

    Args:
        row, column: where it stands, as printed.
        published: the printed number; None where nothing is printed.
        settings: the run that gives ours, as the paper describes it.
        value: which of the run's results, such as "accuracy_last" or, of what
            `Settings.measure` adds, "gaussian".
        spread: the printed standard deviation.
        ours: our number, where no run is behind it.
        stand_in: whether the run is on other data than the published number.
    """

    row: str
    column: str
    published: float | None
    settings: Settings
    value: str = "accuracy_last"
    spread: float | None = None
    ours: float | None = None
    stand_in: bool = False


@dataclasses.dataclass(frozen=True)
class PaperTable:
    """A table of a paper.

    Args:
        name: what `keras-pod reproduce` calls it.
        title: what it shows.
        cells: its numbers, in the printed order.
        claims: what the paper says of it: names of
            `keras_pod.experiments.papers.claims`.
        note: what a reader has to know.
        figure: the kind of picture that is drawn of its runs, as in
            `keras_pod.experiments.papers.figures`; "" for none.
    """

    name: str
    title: str
    cells: tuple[Cell, ...]
    claims: tuple[str, ...] = ()
    note: str = ""
    figure: str = ""

    def map(self, change: Callable[[Settings], Settings]) -> "PaperTable":
        """The table with every cell's settings changed."""
        cells = tuple(
            dataclasses.replace(cell, settings=change(cell.settings))
            for cell in self.cells
        )
        return dataclasses.replace(self, cells=cells)


def grid(
    rows: dict[str, tuple],
    columns: dict[str, Settings],
    change: Callable[[Settings, str, str], Settings],
    spreads: dict[str, tuple] | None = None,
) -> tuple[Cell, ...]:
    """The cells of a plain table of accuracies.

    Args:
        rows: by row, the published numbers of the columns; None leaves a cell out.
        columns: by column, what its runs share.
        change: (the column's settings, row, column) -> the cell's settings.
        spreads: by row, the published standard deviations.
    """
    cells = []
    for row, numbers in rows.items():
        around = (spreads or {}).get(row, [None] * len(numbers))
        for column, number, spread in zip(columns, numbers, around, strict=True):
            if number is not None:
                settings = change(columns[column], row, column)
                cells.append(Cell(row, column, number, settings, spread=spread))
    return tuple(cells)
