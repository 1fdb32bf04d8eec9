"""Matrices as pictures: similarities of prototypes (RBF Fig 4), grids of settings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_pod.core.errors import InputError


def similarity_maps(
    similarities: dict[str, Any],
    superclasses: Sequence[int] | None = None,
    class_names: Sequence[str] | None = None,
) -> Figure:
    """Similarity matrices side by side, superclasses in blocks (RBF Fig 4).

    Lighter is more similar; each matrix has its own scale.

    Args:
        similarities: by name, (k, k).
        superclasses: integers (k,); classes of one are put beside each other.
        class_names: the name of each row, written beside it.

    Raises:
        InputError: matrices that are not square or of different sizes.
    """
    sizes = {np.shape(m) for m in similarities.values()}
    if len(sizes) != 1 or len(set(next(iter(sizes)))) != 1:
        raise InputError(f"`similarities` must be (k, k) each, got {sorted(sizes)}.")
    k = next(iter(sizes))[0]
    order = (
        np.arange(k)
        if superclasses is None
        else np.argsort(superclasses, kind="stable")
    )
    figure = Figure(figsize=(4.2 * len(similarities), 4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(similarities)))
    for axes, (name, values) in zip(panels, similarities.items(), strict=True):
        shown = np.array(values, dtype=float)[np.ix_(order, order)]
        # The diagonal is 1 whatever the classes are, and would hide the rest.
        np.fill_diagonal(shown, np.nan)
        image = axes.imshow(shown, cmap="cividis")
        figure.colorbar(image, ax=axes, shrink=0.8)
        axes.set(title=name, xticks=[], yticks=[])
        if class_names is not None:
            names = [class_names[i] for i in order]
            axes.set_xticks(range(k), names, rotation=90)
            axes.set_yticks(range(k), names)
    return figure


def setting_map(
    rows: Sequence[Any],
    columns: Sequence[Any],
    accuracy: Any,
    names: tuple[str, str],
    title: str = "",
) -> Figure:
    """Accuracy over two settings, such as alpha and lambda, or gamma and s.

    Args:
        rows, columns: the values of the two settings.
        accuracy: in percent, (rows, columns); NaN where nothing was run.
        names: what the two are called.
        title: what is shown.

    Raises:
        InputError: numbers of another shape.
    """
    values = np.array(accuracy, dtype=float)
    if values.shape != (len(rows), len(columns)):
        raise InputError(
            f"`accuracy` must be of shape {(len(rows), len(columns))}, got "
            f"{values.shape}."
        )
    size = (1.5 + 0.8 * len(columns), 1.5 + 0.5 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.imshow(values, cmap="cividis", aspect="auto")
    middle = np.nanmean([np.nanmin(values), np.nanmax(values)])
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            ink = "black" if value > middle else "white"
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", color=ink)
    axes.set_xticks(range(len(columns)), [f"{c:g}" for c in columns])
    axes.set_yticks(range(len(rows)), [f"{r:g}" for r in rows])
    axes.set(title=title, xlabel=names[1], ylabel=names[0])
    return figure
