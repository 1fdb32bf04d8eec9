"""The numbers that a figure shows, read from the figure itself."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch


def drawn_data(figure: Figure) -> list[dict[str, Any]]:
    """The numbers of each line, and of steps, bars and images, as plain data.

    Each has `kind`, `label`, and `x` and `y`, `values` and `edges`, or `rows`.
    """
    found: list[dict[str, Any]] = []
    for axes in figure.axes:
        for line in axes.lines:
            x, y = (_plain(values) for values in line.get_data())
            found.append({"kind": "line", "label": _name(line), "x": x, "y": y})
        for patch in axes.patches:
            if isinstance(patch, StepPatch):
                data = patch.get_data()
                numbers = {"values": _plain(data.values), "edges": _plain(data.edges)}
                found.append({"kind": "steps", "label": _name(patch)} | numbers)
        for bars in axes.containers:
            own = [bar for bar in bars if isinstance(bar, Rectangle)]
            x = _plain([bar.get_x() + bar.get_width() / 2 for bar in own])
            y = _plain([bar.get_height() for bar in own])
            found.append({"kind": "bars", "label": _name(bars), "x": x, "y": y})
        for image in axes.images:
            rows = [_plain(row) for row in np.ma.filled(image.get_array(), np.nan)]
            found.append({"kind": "image", "label": axes.get_title(), "rows": rows})
    return found


def _name(artist: Any) -> str:
    label = str(artist.get_label())
    # Matplotlib's names for what has none.
    return "" if label.startswith("_") else label


def _plain(values: Any) -> list[float | None]:
    """Numbers for JSON, six digits of each; None where there is none."""
    return [
        float(f"{v:.6g}") if np.isfinite(v) else None for v in np.asarray(values, float)
    ]
