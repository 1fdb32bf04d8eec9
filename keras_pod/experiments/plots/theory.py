"""The papers' curves that need no data: POD Fig 2 and 3, RBF Fig 3."""

import numpy as np
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import empty, look


def gradient_curves() -> Figure:
    """Draw the pull of two losses at an angle theta to the class (POD Fig 2 and 3).

    `sin theta`, the derivative of `1 - cos theta` (eq 8), which is what the squared
    error of unit vectors is, and `2 (1 - cos theta) sin theta`, that of its square,
    the Cosine Loss, which pulls harder beyond 60 degrees.
    """
    figure, [axes] = empty(
        xlabel="angle to the centroid, degrees", ylabel="derivative", ylim=(-0.1, 2.9)
    )
    degrees = np.linspace(0, 180, 361)
    theta = np.deg2rad(degrees)
    squared = 2 * (1 - np.cos(theta)) * np.sin(theta)
    axes.plot(degrees, np.sin(theta), label="1 - cos: sin", **look(0))
    axes.plot(degrees, squared, label="(1 - cos)²: 2 (1 - cos) sin", **look(8))
    for degree, height in ((90, 1.0), (120, squared.max())):
        axes.annotate(
            f"{height:.3f} at {degree}°",
            (degree, height),
            xytext=(6, 4),
            textcoords="offset points",
        )
    axes.axvline(60, color="0.6", linewidth=0.8)
    axes.set_xticks(range(0, 181, 30))
    axes.legend(frameon=False)
    return figure


def rbf_curves() -> Figure:
    """Draw the effect of gamma and s of RBF-Softmax, with ten classes (RBF Fig 3).

    Kernels `K = exp(-d / gamma)` and probabilities `e^{sK} / (e^{sK} + C - 1)`, where
    the kernels to the other classes are 0; gamma is 1 in the middle.
    """
    figure, every = empty(3, (12, 3.8), ylabel="probability")
    kernel, by_distance, by_kernel = every
    d, k = np.linspace(0, 10, 201), np.linspace(0, 1, 201)

    def probability(s: float, value: np.ndarray) -> np.ndarray:
        return np.exp(s * value) / (np.exp(s * value) + 9)

    for i, gamma in enumerate((0.5, 1.0, 2.0, 4.0)):
        kernel.plot(d, np.exp(-d / gamma), label=f"gamma = {gamma:g}", **look(i))
    for i, s in enumerate((1.0, 2.0, 4.0, 8.0)):
        by_distance.plot(d, probability(s, np.exp(-d)), label=f"s = {s:g}", **look(i))
        by_kernel.plot(k, probability(s, k), label=f"s = {s:g}", **look(i))
    kernel.set(xlabel="squared distance d", ylabel="kernel K")
    by_distance.set(xlabel="squared distance d (gamma = 1)")
    by_kernel.set(xlabel="kernel K")
    for axes in every:
        axes.legend(frameon=False)
    return figure
