"""The papers' figures that apply to saved runs, each with what it shows."""

import base64
import dataclasses
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from keras_pod.experiments.plots import features as of_features
from keras_pod.experiments.plots.figure_data import drawn_data
from keras_pod.experiments.plots.runs import (
    accuracy_by_norm,
    energy_curves,
    epoch_curves,
)
from keras_pod.experiments.plots.theory import gradient_curves, rbf_curves
from keras_pod.experiments.report.measurements import Measured
from keras_pod.experiments.report.runs import Group

# Pictures beyond this size are smaller as pixels.
MOST_SVG = 150_000
# Readable where a phone shrinks a figure to its width; the same picture every time.
STYLE = {"font.size": 12.5, "axes.titlesize": 13, "svg.hashsalt": "keras-pod"}


@dataclasses.dataclass(frozen=True)
class Shown:
    """A picture in the report, still or moving.

    Attributes:
        name: of its files.
        title: above it.
        says: what it shows, in a sentence.
        source: the figure or table of a paper that it follows.
    """

    name: str
    title: str
    says: str
    source: str

    @property
    def alt(self) -> str:
        """The text for those who do not see it."""
        return f"{self.title}. {self.says}"

    def files(self) -> dict[str, bytes]:
        """Itself, and its numbers if it has any, by file name."""
        raise NotImplementedError

    def uri(self) -> str:
        """Itself, for an `img` of a page."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Picture(Shown):
    """A figure of the report.

    Attributes:
        figure: itself.
    """

    figure: Figure

    def png(self, dpi: int = 120) -> bytes:
        return _saved(self.figure, format="png", dpi=dpi)

    def files(self) -> dict[str, bytes]:
        data = {"title": self.title, "says": self.says, "source": self.source}
        data |= {"drawn": drawn_data(self.figure)}
        numbers = json.dumps(data, indent=1) + "\n"
        return {f"{self.name}.png": self.png(), f"{self.name}.json": numbers.encode()}

    def uri(self) -> str:
        svg = _saved(self.figure, format="svg", metadata={"Date": None})
        kind, content = ("svg+xml", svg)
        if len(svg) > MOST_SVG:
            kind, content = "png", self.png()
        return data_uri(kind, content)


def data_uri(kind: str, content: bytes) -> str:
    """The bytes of an image, as a page without anything outside it has them."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _saved(figure: Figure, **options: Any) -> bytes:
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(file, **options)
    return file.getvalue()


Measures = dict[str, Measured]


def curves(group: Group) -> list[Picture]:
    """Curves of the training of a group's runs."""
    held_out = group.runs[0].held_out
    percent = {
        "val_accuracy": (f"{held_out} accuracy", "POD Fig 4"),
        "accuracy": ("training accuracy", ""),
    }
    if not group.validated:
        del percent["val_accuracy"]
    found = []
    for column, (name, source) in percent.items():
        says = f"How many of the {held_out} images each run classified rightly."
        if column == "accuracy":
            says = "The same of the training images, as augmented, while it learned."
        values = _columns(group, column, 100.0)
        figure = draw(epoch_curves, values, f"{name}, %")
        found.append(Picture(column, _upper(name), says, source, figure))
    parts = [
        ("loss", "training loss", "Losses of different kinds have different sizes.", "")
    ]
    norm = "The mean norm of the training features in each epoch, M."
    parts += [("feature_norm", "feature norm", norm, "POD section 3.1")]
    for column, name, says, source in parts:
        figure = draw(epoch_curves, _columns(group, column), name)
        found.append(Picture(column, _upper(name), says, source, figure))
    deltas = _columns(group, "delta")
    adaptive = {name: [v for v in own if any(v)] for name, own in deltas.items()}
    if any(adaptive.values()):
        says = "What NaC adds to the norms: alpha times the epoch times M."
        figure = draw(epoch_curves, adaptive, "delta")
        found.append(Picture("delta", "Delta", says, "POD eq 12", figure))
    return found


def _columns(group: Group, column: str, by: float = 1.0) -> dict[str, list[list]]:
    return {
        method: [[by * (row[column] or 0.0) for row in run.history] for run in runs]
        for method, runs in group.methods.items()
    }


def of_runs(group: Group, measured: Measures) -> list[Picture]:
    """Pictures of the features and scores of a group's runs.

    A run for each method, that with the smallest seed.

    Args:
        group: the runs.
        measured: by label.
    """
    shown = first_of_each(group, measured)
    names = group.runs[0].content["data"]["class_names"]
    found = [*_norms(shown), *_spread(shown), *_scores(shown), *_maps(shown, names)]
    return [*found, *_theory({run.settings["loss"] for run in group.runs})]


def first_of_each(group: Group, measured: Measures) -> Measures:
    """The run with the smallest seed of each method."""
    return {m: measured[runs[0].label] for m, runs in group.methods.items()}


def _norms(shown: Measures) -> Iterator[Picture]:
    norms = {name: m.norms for name, m in shown.items()}
    right = {name: m.right for name, m in shown.items()}
    yield Picture(
        "accuracy-by-norm",
        "Accuracy by feature norm",
        "Images in five groups of equal size, by the norm of their features.",
        "POD Table I",
        draw(accuracy_by_norm, norms, right),
    )
    relative = {n: r / r.mean() for n, r in norms.items() if r.mean() > 0}
    if relative:
        yield Picture(
            "norms",
            "Feature norms",
            "Norms of the features, each run's divided by their mean.",
            "POD section 3.1",
            draw(of_features.norm_histogram, relative),
        )


def _spread(shown: Measures) -> Iterator[Picture]:
    yield Picture(
        "angles",
        "Angles within classes",
        "How far each feature points away from the mean direction of its class.",
        "POD section 3.1",
        draw(of_features.angle_histogram, {n: m.angles for n, m in shown.items()}),
    )
    energy = {n: m.energy for n, m in shown.items() if m.energy is not None}
    if energy:
        yield Picture(
            "energy",
            "Energy by dimension",
            "How much each dimension before the feature layer carries; flat is even.",
            "POD Table V",
            draw(energy_curves, energy),
        )


def _scores(shown: Measures) -> Iterator[Picture]:
    logits = {n: m.logits for n, m in shown.items()}
    yield Picture(
        "logits",
        "Scores",
        "All scores of all classes, before any softmax.",
        "SBN Fig 2",
        draw(of_features.logit_histogram, logits),
    )
    vectors = {n: m.vectors for n, m in shown.items() if m.vectors is not None}
    if vectors:
        yield Picture(
            "vector-norms",
            "Length of the class vectors",
            "The last layer's vector of each of the first ten classes.",
            "SBN Fig 3",
            draw(of_features.weight_norms, vectors),
        )


def _maps(shown: Measures, class_names: list[str]) -> Iterator[Picture]:
    for i, (name, m) in enumerate(shown.items()):
        if m.features is not None:
            yield Picture(
                f"scatter-{i}",
                f"Features of {name}",
                "Two-dimensional features by class; rings are the class vectors.",
                "POD Fig 6, RBF Fig 1",
                draw(of_features.scatter, m.features, m.labels, class_names, m.vectors),
            )


def _theory(losses: set[str]) -> Iterator[Picture]:
    """The papers' curves that no run decides, where there are runs of their losses."""
    if losses & {"cosine", "nac", "pod"}:
        yield Picture(
            "pull",
            "Pull towards the centroid",
            "How hard 1 - cos and its square, the Cosine Loss, pull at each angle.",
            "POD Fig 2 and 3",
            draw(gradient_curves),
        )
    if "rbf-softmax" in losses:
        yield Picture(
            "kernels",
            "Kernels and probabilities",
            "What gamma and s of RBF-Softmax do, with ten classes.",
            "RBF Fig 3",
            draw(rbf_curves),
        )


def draw(function: Callable[..., Figure], *arguments: Any) -> Figure:
    """The figure in the style of all."""
    with matplotlib.rc_context(STYLE):
        return function(*arguments)


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
