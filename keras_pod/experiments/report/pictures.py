"""The papers' figures that apply to saved runs, each with what it shows."""

import contextlib
import dataclasses
import io
import re
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
from keras_pod.experiments.plots.theory import gradient_curves, rbf_curves
from keras_pod.experiments.report.measurements import Measures
from keras_pod.experiments.report.runs import Group
from keras_pod.experiments.report.tables import MOST_CLASSES

# Readable where a phone shrinks a figure to its width.
# A dollar in the name of a class begins no formula.
STYLE = {"font.size": 12.5, "axes.titlesize": 13, "text.parse_math": False}
_TEXTS: dict[str, list[str]] = tomllib.loads(
    resources.files(__package__).joinpath("pictures.toml").read_text("utf-8")
)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture in the report, by the name of its files.

    The title stands above it; `says` is what it shows, in a sentence, and `source` the
    figure or table of a paper that it follows. The figure is to be saved in `STYLE`.
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

    def png(self) -> bytes:
        """The picture as the content of a file."""
        file = io.BytesIO()
        self.figure.savefig(file, format="png", dpi=120)
        return file.getvalue()

    @property
    def numbers(self) -> dict[str, Any]:
        """The numbers that it shows, as plain data."""
        texts = {"title": self.title, "says": self.says, "source": self.source}
        return texts | {"drawn": drawn(self.figure)}


def drawn(figure: Figure) -> list[dict[str, Any]]:
    """The numbers of each line and each image of a figure, as plain data."""
    found: list[dict[str, Any]] = []
    for axes in figure.axes:
        for line in axes.lines:
            x, y = (_plain(values) for values in line.get_data())
            # Matplotlib has names of its own for what has none.
            label = str(line.get_label())
            label = "" if label.startswith("_") else label
            found.append({"kind": "line", "label": label, "x": x, "y": y})
        for image in axes.images:
            pixels: np.ndarray = np.ma.asarray(image.get_array()).filled(np.nan)
            rows = [_plain(row) for row in pixels]
            found.append({"kind": "image", "label": axes.get_title(), "rows": rows})
    return found


def _plain(values: Any) -> list[float | None]:
    """Numbers for JSON, six digits of each; None where there is none."""
    numbers = np.asarray(values, float)
    return [float(f"{v:.6g}") if np.isfinite(v) else None for v in numbers]


def picture(name: str, figure: Figure, **words: str) -> Picture:
    """The picture with the texts of its name in pictures.toml.

    A picture of one method has it in the names of its files, without the signs that
    these cannot have everywhere.
    """
    title, says, source = (text.format(**words) for text in _TEXTS[name])
    title = title[0].upper() + title[1:]
    if method := words.get("method"):
        name += "-" + re.sub(r"[^\w.=-]+", "-", method)
    return Picture(name, title, says, source, figure)


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
    for name, function, *given in (
        ("accuracy-by-norm", plots.accuracy_by_norm, norms, those("right")),
        ("norms", plots.histogram, relative, "feature norm"),
        ("energy", plots.energy_curves, those("energy")),
        ("logits", plots.histogram, those("logits"), "score"),
        ("vector-norms", plots.weight_norms, those("vectors")),
    ):
        if given[0]:
            yield picture(name, function(*given))
    names = group.runs[0].content["data"]["class_names"]
    for method, m in shown.items():
        if m.features is not None:
            figure = scatter({method: (m.features, m.labels, m.vectors)}, names)
            yield picture("scatter", figure, method=method)
    yield from of_theory({run.settings["loss"] for run in group.runs})
    yield from of_similarity(group.runs[0].content["data"]["name"], names, shown)


def of_theory(losses: set[str]) -> Iterator[Picture]:
    """The papers' curves that no run decides, where there are runs of their losses."""
    if losses & {"cosine", "nac", "pod"}:
        yield picture("pull", gradient_curves())
    if "rbf-softmax" in losses:
        yield picture("kernels", rbf_curves())


def of_similarity(data: str, names: list[str], shown: Measures) -> Iterator[Picture]:
    """Maps of how alike the classes are in each run, and in WordNet where it has them.

    Classes of one superclass are put together, where the data have such (RBF Fig 4).
    """
    try:
        groups = superclasses(data, names)
    except InputError:
        groups = None
    for method, m in shown.items():
        if len(m.similarity) > 2:
            figure = _similarity_map(m.similarity, names, groups)
            words = {"method": method, "similar": m.similar}
            yield picture("similarity", figure, **words)
    # It is of use if the meaning of the classes is known.
    if groups is not None and analysis.has_wordnet():
        with contextlib.suppress(InputError):
            figure = _similarity_map(analysis.wordnet_similarity(names), names, groups)
            yield picture("similarity-wordnet", figure)


def _similarity_map(
    similarity: Any, names: Sequence[str], groups: Sequence[int] | None
) -> Figure:
    """Similarities (c, c) of all classes, or of those that have test images."""
    count = len(similarity)
    whole = count == len(names)
    order = list(range(count))
    if whole and groups is not None:
        order = np.argsort(groups, kind="stable").tolist()
    figure = Figure(figsize=(4.2, 4), layout="constrained")
    axes = figure.subplots()
    shown = np.array(similarity, dtype=float)[np.ix_(order, order)]
    # The diagonal is 1 whatever the classes are, and would hide the rest.
    np.fill_diagonal(shown, np.nan)
    figure.colorbar(axes.imshow(shown, cmap="cividis"), ax=axes, shrink=0.8)
    axes.set(xticks=[], yticks=[])
    # Names of many classes would cover each other.
    if whole and count <= MOST_CLASSES:
        axes.set_xticks(range(count), [names[i] for i in order], rotation=90)
        axes.set_yticks(range(count), [names[i] for i in order])
    return figure
