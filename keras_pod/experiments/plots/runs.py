"""Runs on common axes: epochs, lambda, norms, energy, scores, lengths."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import BLUE, ORANGE, empty, legend, look


def training_curves(rows: list[dict[str, Any]], title: str, held_out: str) -> Figure:
    """The picture that a run ends with, by the rows of its history.csv.

    Images besides the training images are `held_out`: "test" or "validation".
    """
    figure, every = empty(3, (12, 3.8), title, xlabel="epoch")
    first, second = (BLUE, "o--"), (ORANGE, "o-")
    panels = {
        "accuracy": (("accuracy", "training"), ("val_accuracy", held_out)),
        "loss": (("loss", "training"), ("val_loss", held_out)),
        "norm": (("feature_norm", "mean feature norm M"), ("delta", "delta")),
    }
    for axes, (ylabel, lines) in zip(every, panels.items(), strict=True):
        for (name, label), (colour, style) in zip(lines, (first, second), strict=True):
            # A validation need not come after every epoch.
            found = {r["epoch"]: r[name] for r in rows if r[name] is not None}
            points = list(found), list(found.values())
            axes.plot(*points, style, color=colour, label=label, markersize=3)
        axes.set_ylabel(ylabel)
        axes.legend(frameon=False)
    return figure


def epoch_curves(
    curves: Mapping[str, Sequence[Sequence[float]]], ylabel: str
) -> Figure:
    """A number after every epoch, of each run by method (POD Fig 4).

    Runs of a method have one colour; a method without runs keeps its own.
    """
    figure, [axes] = empty(xlabel="epoch", ylabel=ylabel)
    for i, (name, runs) in enumerate(curves.items()):
        for j, run in enumerate(runs):
            label = None if j else name
            epochs = range(1, len(run) + 1)
            marker = "o" if len(run) == 1 else None
            axes.plot(epochs, run, label=label, marker=marker, **look(i))
    axes.locator_params("x", integer=True)
    legend(figure)
    return figure


def over_lambda(values: Mapping[str, Mapping[str, Mapping[float, float]]]) -> Figure:
    """Numbers that trainings end with, by data set and lambda (POD Fig 5)."""
    figure, every = empty(len(values), (4.2 * len(values), 3.8), xlabel="lambda")
    for axes, (number, curves) in zip(every, values.items(), strict=True):
        axes.set(xscale="log", title=number)
        for i, (name, points) in enumerate(curves.items()):
            label = name if axes is every[0] else None
            places = zip(*sorted(points.items()), strict=True)
            axes.plot(*places, label=label, **look(i))
    legend(figure)
    return figure


def accuracy_by_norm(norms: Mapping[str, Any], correct: Mapping[str, Any]) -> Figure:
    """Accuracy of five groups of images by the size of their features (POD Table I).

    By run, norms are (N,), and `correct` tells which images are classified rightly.
    """
    figure, [axes] = empty(xlabel="norm group", ylabel="accuracy, %")
    for i, (name, own) in enumerate(norms.items()):
        order = np.argsort(own, kind="stable")
        groups = np.array_split(np.asarray(correct[name], float)[order], 5)
        values = [100 * group.mean() if len(group) else np.nan for group in groups]
        axes.plot(range(1, 6), values, marker="o", label=name, **look(i))
    axes.set_xticks(range(1, 6), ["smallest", "2", "3", "4", "largest"])
    legend(figure)
    return figure


def energy_curves(energy: Mapping[str, Any]) -> Figure:
    """Draw the energy of each dimension, over an even share, by run (POD Table V)."""
    ylabel = "energy / even share"
    figure, [axes] = empty(xlabel="dimensions, largest first, %", ylabel=ylabel)
    for i, (name, own) in enumerate(energy.items()):
        places = 100 * (np.arange(len(own)) + 0.5) / len(own)
        axes.plot(places, np.sort(own)[::-1], label=name, **look(i))
    axes.axhline(1, color="0.5", linewidth=0.8, label="even")
    legend(figure)
    return figure


def histogram(values: Mapping[str, Any], what: str) -> Figure:
    """Draw the distribution of numbers, in arrays of any shape by run (SBN Fig 2)."""
    figure, [axes] = empty(xlabel=what, ylabel="share")
    flat = {name: np.ravel(own).astype(float) for name, own in values.items()}
    every = np.concatenate(list(flat.values()))
    # Few samples take fewer bins.
    bins = int(np.clip(np.sqrt(min(map(len, flat.values()))), 20, 80))
    edges = np.linspace(every.min(), every.max(), bins + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    for i, (name, own) in enumerate(flat.items()):
        shares = np.histogram(own, edges)[0] / len(own)
        axes.plot(middles, shares, drawstyle="steps-mid", label=name, **look(i))
    legend(figure)
    return figure


def weight_norms(weights: Mapping[str, Any]) -> Figure:
    """The length of the first ten class vectors, (k, n) by run (SBN Fig 3)."""
    figure, [axes] = empty(xlabel="class", ylabel="length of its vector")
    for i, (name, own) in enumerate(weights.items()):
        norms = np.linalg.norm(own, axis=1)[:10]
        axes.plot(norms, marker="o", label=name, **look(i))
    axes.set_ylim(bottom=0)
    axes.locator_params("x", integer=True)
    legend(figure)
    return figure
