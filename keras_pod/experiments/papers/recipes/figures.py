"""The papers' figures that take runs: POD 5 and 6, RBF 1 and 5.

Their recipes are not printed. Those of two-dimensional features have that of the MNIST
tables.
"""

from dataclasses import replace

from keras_pod.experiments.papers.recipes.pod import SMALL_SETS, with_loss
from keras_pod.experiments.papers.recipes.rbf import UNITS
from keras_pod.experiments.papers.recipes.rbf_mnist import on_mnist, rbf_on_mnist
from keras_pod.experiments.papers.recipes.table import Cell, PaperTable
from keras_pod.experiments.run.settings import Settings

_POD_VALUES = {"loss": "pod_loss", "NaC": "pod_nac", "SC": "pod_sc"}
_POD_VALUES |= {"accuracy": "accuracy_last"}


def _lambdas() -> tuple[Cell, ...]:
    cells = []
    for power in range(-2, 6):
        for column, settings in SMALL_SETS.items():
            pod = replace(with_loss(settings, "POD Loss"), options={"lam": 10.0**power})
            pod = replace(pod, measure="pod_parts")
            cells += [
                Cell(f"lambda = {10.0**power:g}", f"{column}, {name}", None, pod, value)
                for name, value in _POD_VALUES.items()
            ]
    return tuple(cells)


def _in_two_dimensions(
    rows: dict[str, tuple[Settings, float | None]], column: str
) -> tuple[Cell, ...]:
    cells = []
    for row, (settings, published) in rows.items():
        settings = replace(settings, dim=2, measure="angles")
        cells.append(Cell(row, column, published, settings))
        for value in ("gaps", "near_origin"):
            cells.append(Cell(row, value.replace("_", " "), None, settings, value))
    return tuple(cells)


def _first_five(loss: str, **options: float) -> tuple[Settings, None]:
    return replace(on_mnist(loss), data="mnist-5", options=options), None


_POD_6 = {
    "a Center Loss": _first_five("center"),
    "b AM-Softmax": _first_five("am-softmax"),
    "c CM": _first_five("cm"),
    "d PEDCC-Loss": _first_five("pedcc-loss"),
    "e Softmax": _first_five("softmax"),
    "f COT": _first_five("cot-alternate"),
    "g POD, alpha = 0": _first_five("pod", alpha=0.0),
    "h POD, alpha = 0.01": _first_five("pod", alpha=0.01),
}
_RBF_1 = {
    "a Softmax": (on_mnist("softmax"), 98.74),
    # Without its regulariser G-CPL is the paper's prototype learning.
    "b Prototype": (replace(on_mnist("g-cpl"), options={"weight": 0.0}), 98.93),
    "c Center Loss": (on_mnist("center"), 99.05),
    "d Cos-Softmax": (on_mnist("cos-softmax"), 99.04),
    "e LGM": (on_mnist("lgm"), 98.97),
    "f RBF-Softmax": (rbf_on_mnist(1.0, 2.0), 99.20),
}
# The accuracies are those of Table 3 at n = 2.
_RBF_5 = {
    f"s = {s:g}": (rbf_on_mnist(1.0, s), published)
    for s, published in ((2.0, 99.20), (4.0, 99.29), (8.0, 99.25))
}
_RECIPE = "Not printed: network (but of RBF), optimiser, rate, epochs."
FIGURES = (
    PaperTable(
        "pod-fig-5",
        "the loss over lambda",
        _lambdas(),
        ("C11",),
        "Of the training images, in order and as they are; NaC and SC apart, since the "
        "loss itself has lambda in it.",
        figure="lambda",
    ),
    PaperTable(
        "pod-fig-6",
        "two-dimensional features, five classes",
        _in_two_dimensions(_POD_6, "MNIST, five classes"),
        ("C24", "C24-origin"),
        _RECIPE,
        figure="features",
    ),
    PaperTable(
        "rbf-fig-1",
        "two-dimensional features, ten classes",
        _in_two_dimensions(_RBF_1, "MNIST"),
        note=f"{_RECIPE} {UNITS}",
        figure="features",
    ),
    PaperTable(
        "rbf-fig-5",
        "two-dimensional features with RBF-Softmax",
        _in_two_dimensions(_RBF_5, "MNIST"),
        note=f"{_RECIPE} gamma = 1. {UNITS}",
        figure="features",
    ),
)
