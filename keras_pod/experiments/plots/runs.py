"""Several runs on common axes: epochs, accuracy by feature norm, energy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import legend, look


def epoch_curves(
    curves: Mapping[str, Sequence[Sequence[float]]], ylabel: str, title: str = ""
) -> Figure:
    """A number over the epochs, the runs of a method in one colour (POD Fig 4).

    Args:
        curves: by method, for each of its runs the value after every epoch. One
            without runs keeps its colour for other figures and is not drawn.
        ylabel: what is drawn.
        title: what is shown.
    """
    figure, axes = _empty(title, "epoch", ylabel)
    for i, (name, runs) in enumerate(curves.items()):
        for j, run in enumerate(runs):
            label = None if j else name
            epochs = range(1, len(run) + 1)
            marker = "o" if len(run) == 1 else None
            axes.plot(epochs, run, label=label, marker=marker, **look(i))
    axes.xaxis.get_major_locator().set_params(integer=True)
    return _finished(figure, axes)


def over_lambda(values: Mapping[str, Mapping[str, Mapping[float, float]]]) -> Figure:
    """Numbers that trainings end with, over lg lambda, a panel each (POD Fig 5).

    Args:
        values: by number and data set, the value at each lambda.
    """
    figure = Figure(figsize=(4.2 * len(values), 3.8), layout="constrained")
    every = figure.subplots(1, len(values), squeeze=False)[0]
    for axes, (number, curves) in zip(every, values.items(), strict=True):
        for i, (name, points) in enumerate(curves.items()):
            label = name if axes is every[0] else None
            axes.plot(
                *zip(*sorted(points.items()), strict=True), label=label, **look(i)
            )
        axes.set(xscale="log", xlabel="lambda", title=number)
        axes.grid(alpha=0.3)
    legend(figure)
    return figure


def accuracy_by_norm(
    norms: Mapping[str, Any],
    correct: Mapping[str, Any],
    parts: int = 5,
    title: str = "",
) -> Figure:
    """Accuracy of images by the size of their features (POD Table I).

    Args:
        norms: by run, the feature norms (N,).
        correct: by run, whether each image is classified rightly, bool (N,).
        parts: groups of equally many images, by norm.
        title: what is shown.
    """
    figure, axes = _empty(title, "norm group", "accuracy, %")
    for i, (name, own) in enumerate(norms.items()):
        order = np.argsort(np.asarray(own), kind="stable")
        groups = np.array_split(np.asarray(correct[name], float)[order], parts)
        values = [100 * group.mean() if len(group) else np.nan for group in groups]
        axes.plot(range(1, parts + 1), values, marker="o", label=name, **look(i))
    places = range(1, parts + 1)
    names = ["smallest", *[str(i) for i in places[1:-1]], "largest"]
    axes.set_xticks(places, names if parts > 1 else ["all"])
    return _finished(figure, axes)


def energy_curves(energy: Mapping[str, Any], title: str = "") -> Figure:
    """Draw the energy of each dimension (POD Table V).

    Args:
        energy: by run, the share of each dimension times their number (d,); 1 is an
            even share.
        title: what is shown.
    """
    figure, axes = _empty(title, "dimensions, largest first, %", "energy / even share")
    for i, (name, own) in enumerate(energy.items()):
        shares = np.sort(np.asarray(own, float))[::-1]
        places = 100 * (np.arange(len(shares)) + 0.5) / len(shares)
        axes.plot(places, shares, label=name, **look(i))
    axes.axhline(1, color="0.5", linewidth=0.8, label="even")
    return _finished(figure, axes)


def _empty(title: str, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return figure, axes


def _finished(figure: Figure, axes: Axes) -> Figure:
    axes.grid(alpha=0.3)
    legend(figure)
    return figure
