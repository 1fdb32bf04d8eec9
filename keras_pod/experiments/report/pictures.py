"""The papers' figures that apply to saved runs, each with what it shows."""

import base64
import contextlib
import dataclasses
import io
import json
import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_pod import analysis
from keras_pod.core.errors import InputError
from keras_pod.data.sets.superclasses import superclasses
from keras_pod.experiments.plots import runs as plots
from keras_pod.experiments.plots.features import scatter
from keras_pod.experiments.plots.figure_data import drawn_data
from keras_pod.experiments.plots.theory import gradient_curves, rbf_curves
from keras_pod.experiments.report.measurements import Measures
from keras_pod.experiments.report.runs import Group
from keras_pod.experiments.report.tables import MOST_CLASSES

# Pictures beyond this size are smaller as pixels.
MOST_SVG = 150_000
# Readable where a phone shrinks a figure to its width; the same picture every time.
STYLE = {"font.size": 12.5, "axes.titlesize": 13, "svg.hashsalt": "keras-pod"}
_TEXTS: dict[str, list[str]] = tomllib.loads(
    resources.files(__package__).joinpath("pictures.toml").read_text("utf-8")
)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture in the report.

    Attributes:
        name: of its files.
        title: above it.
        says: what it shows, in a sentence.
        source: the figure or table of a paper that it follows.
        figure: drawn, and to be saved, in `STYLE`.
    """

    name: str
    title: str
    says: str
    source: str
    figure: Figure

    @property
    def alt(self) -> str:
        """The text for those who do not see it."""
        return f"{self.title}. {self.says}"

    def files(self) -> dict[str, bytes]:
        """Itself and its numbers, by file name."""
        data = {"title": self.title, "says": self.says, "source": self.source}
        numbers = json.dumps(data | {"drawn": drawn_data(self.figure)}, indent=1) + "\n"
        return {f"{self.name}.png": self.png(), f"{self.name}.json": numbers.encode()}

    def uri(self) -> str:
        """Itself, for an `img` of a page."""
        svg = self._saved(format="svg", metadata={"Date": None})
        small = len(svg) <= MOST_SVG
        return data_uri("svg+xml", svg) if small else data_uri("png", self.png())

    def png(self) -> bytes:
        return self._saved(format="png", dpi=120)

    def _saved(self, **options: Any) -> bytes:
        file = io.BytesIO()
        self.figure.savefig(file, **options)
        return file.getvalue()


def data_uri(kind: str, content: bytes) -> str:
    """The bytes of an image, as a page without anything outside it has them."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def picture(name: str, figure: Figure, **words: str) -> Picture:
    """The picture with the texts of its name, but for a number, in pictures.toml."""
    title, says, source = _TEXTS[name.rstrip("-0123456789")]
    title = title.format(**words)
    title = title[0].upper() + title[1:]
    return Picture(name, title, says.format(**words), source, figure)


def curves(group: Group) -> Iterator[Picture]:
    """Curves of the training of a group's runs."""
    words = {"held_out": group.runs[0].held_out}
    for column in ("val_accuracy", "accuracy", "loss", "feature_norm", "delta"):
        if column == "val_accuracy" and not group.validated:
            continue
        by, unit = (100.0, ", %") if "accuracy" in column else (1.0, "")
        values = {
            method: [[by * (row[column] or 0.0) for row in run.history] for run in runs]
            for method, runs in group.methods.items()
        }
        if column == "delta":
            # Most losses have none.
            values = {name: [v for v in own if any(v)] for name, own in values.items()}
        if any(values.values()):
            label = _TEXTS[column][0].format(**words) + unit
            yield picture(column, plots.epoch_curves(values, label), **words)


def of_runs(group: Group, measured: Measures) -> Iterator[Picture]:
    """Pictures of a run of each method, that with the smallest seed."""
    shown = {m: measured[runs[0].label] for m, runs in group.methods.items()}

    def those(name: str) -> dict[str, Any]:
        found = {method: getattr(m, name) for method, m in shown.items()}
        return {method: own for method, own in found.items() if own is not None}

    norms = those("norms")
    relative = {name: r / r.mean() for name, r in norms.items() if r.mean() > 0}
    degrees = "degrees to the class mean"
    for name, function, *given in (
        ("accuracy-by-norm", plots.accuracy_by_norm, norms, those("right")),
        ("norms", plots.histogram, relative, "feature norm"),
        ("angles", plots.histogram, those("angles"), degrees),
        ("energy", plots.energy_curves, those("energy")),
        ("logits", plots.histogram, those("logits"), "score"),
        ("vector-norms", plots.weight_norms, those("vectors")),
    ):
        if given[0]:
            yield picture(name, function(*given))
    names = group.runs[0].content["data"]["class_names"]
    for i, (method, m) in enumerate(shown.items()):
        if m.features is not None:
            figure = scatter(m.features, m.labels, names, m.vectors)
            yield picture(f"scatter-{i}", figure, method=method)
    yield from of_theory({run.settings["loss"] for run in group.runs})
    yield from of_similarity(group.runs[0].content["data"]["name"], names, shown)


def of_theory(losses: set[str]) -> Iterator[Picture]:
    """The papers' curves that no run decides, where there are runs of their losses."""
    if losses & {"cosine", "nac", "pod"}:
        yield picture("pull", gradient_curves())
    if "rbf-softmax" in losses:
        yield picture("kernels", rbf_curves())


def of_similarity(data: str, names: list[str], shown: Measures) -> Iterator[Picture]:
    """A map of alike classes of each run, and of WordNet where that knows them.

    Classes of one superclass are put together, where the data have such (RBF Fig 4).
    """
    try:
        groups = superclasses(data, names)
    except InputError:
        groups = None
    for i, (method, m) in enumerate(shown.items()):
        if len(m.similarity) > 2:
            figure = _similarity_map(method, m.similarity, names, groups)
            words = {"method": method, "similar": m.similar}
            yield picture(f"similarity-{i}", figure, **words)
    # It is of use if the meaning of the classes is known.
    if groups is not None and analysis.has_wordnet():
        with contextlib.suppress(InputError):
            words = analysis.wordnet_similarity(names)
            figure = _similarity_map("WordNet", words, names, groups)
            yield picture("similarity-wordnet", figure)


def _similarity_map(
    title: str, similarity: Any, names: Sequence[str], groups: Sequence[int] | None
) -> Figure:
    """Similarities (c, c) of all classes, or of those that have test images."""
    count = len(similarity)
    whole = count == len(names)
    order = np.arange(count)
    if whole and groups is not None:
        order = np.argsort(groups, kind="stable")
    figure = Figure(figsize=(4.2, 4), layout="constrained")
    axes = figure.subplots()
    shown = np.array(similarity, dtype=float)[np.ix_(order, order)]
    # The diagonal is 1 whatever the classes are, and would hide the rest.
    np.fill_diagonal(shown, np.nan)
    figure.colorbar(axes.imshow(shown, cmap="cividis"), ax=axes, shrink=0.8)
    axes.set(title=title, xticks=[], yticks=[])
    # Names of many classes would cover each other.
    if whole and count <= MOST_CLASSES:
        axes.set_xticks(range(count), [names[i] for i in order], rotation=90)
        axes.set_yticks(range(count), [names[i] for i in order])
    return figure
