"""The papers' curves that need no data: POD Fig 2 and 3, RBF Fig 3."""

import numpy as np
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import look


def gradient_curves() -> Figure:
    """Draw the pull of two losses at an angle theta to the class (POD Fig 2 and 3).

    `sin theta`, the derivative of `1 - cos theta` (eq 8), which is what the squared
    error of unit vectors is, and `2 (1 - cos theta) sin theta`, that of its square,
    the Cosine Loss, which pulls harder beyond 60 degrees.
    """
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    degrees = np.linspace(0, 180, 361)
    theta = np.deg2rad(degrees)
    pull = np.sin(theta)
    squared = 2 * (1 - np.cos(theta)) * np.sin(theta)
    axes.plot(degrees, pull, label="1 - cos: sin", **look(0))
    axes.plot(degrees, squared, label="(1 - cos)²: 2 (1 - cos) sin", **look(8))
    for degree, height in ((90, 1.0), (120, squared.max())):
        axes.annotate(
            f"{height:.3f} at {degree}°",
            (degree, height),
            xytext=(6, 4),
            textcoords="offset points",
        )
    axes.axvline(60, color="0.6", linewidth=0.8)
    axes.set(xlabel="angle to the centroid, degrees", ylabel="derivative")
    axes.set_xticks(range(0, 181, 30))
    axes.set_ylim(-0.1, 2.9)
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    return figure


def rbf_curves(
    gammas: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0),
    scales: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0),
    num_classes: int = 10,
) -> Figure:
    """Draw the effect of gamma and s of RBF-Softmax (RBF Fig 3).

    Kernels `K = exp(-d / gamma)` and probabilities `e^{sK} / (e^{sK} + C - 1)`, where
    the kernels to the other classes are 0.

    Args:
        gammas: widths of the left panel.
        scales: s of the others, gamma 1 in the middle one.
        num_classes: C.
    """
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    kernel, by_distance, by_kernel = figure.subplots(1, 3)
    d, k = np.linspace(0, 10, 201), np.linspace(0, 1, 201)

    def probability(s: float, value: np.ndarray) -> np.ndarray:
        return np.exp(s * value) / (np.exp(s * value) + num_classes - 1)

    for i, gamma in enumerate(gammas):
        kernel.plot(d, np.exp(-d / gamma), label=f"gamma = {gamma:g}", **look(i))
    for i, s in enumerate(scales):
        by_distance.plot(d, probability(s, np.exp(-d)), label=f"s = {s:g}", **look(i))
        by_kernel.plot(k, probability(s, k), label=f"s = {s:g}", **look(i))
    kernel.set(xlabel="squared distance d", ylabel="kernel K")
    by_distance.set(xlabel="squared distance d (gamma = 1)", ylabel="probability")
    by_kernel.set(xlabel="kernel K", ylabel="probability")
    for axes in (kernel, by_distance, by_kernel):
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    return figure
