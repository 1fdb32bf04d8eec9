"""Colours and marks of all figures, which everyone can tell apart."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#000000")
BLUE, ORANGE = COLOURS[:2]
# They tell curves apart in print, and where colours come round again.
LINES = ("-", "--", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def empty(
    columns: int = 1, size: tuple[float, float] = (6, 4), title: str = "", **labels: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of some inches with axes side by side, each with a grid and labels."""
    figure = Figure(figsize=size, layout="constrained")
    if title:
        figure.suptitle(title)
    every = list(figure.subplots(1, columns, squeeze=False)[0])
    for axes in every:
        axes.set(**labels)
        axes.grid(alpha=0.3)
    return figure, every


def legend(figure: Figure) -> None:
    """Name what is drawn above the axes, where the names cover nothing of it."""
    labels = [axes.get_legend_handles_labels()[1] for axes in figure.axes]
    lengths = [len(label) for own in labels for label in own]
    if not lengths:
        return
    # A line of 6 inches has room for about 60 letters, a mark for 7.
    columns = len(lengths)
    if sum(lengths) + 7 * columns > 60:
        columns = max(1, 60 // (max(lengths) + 7))
    figure.legend(loc="outside upper center", ncols=columns, frameon=False)


def look(index: int) -> dict[str, Any]:
    """Colour and line of the index-th curve of a figure.

    >>> look(0) == look(7)
    False
    >>> look(8)
    {'color': '#D55E00', 'linestyle': '--'}
    """
    style = LINES[index // len(COLOURS) % len(LINES)]
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": style}
