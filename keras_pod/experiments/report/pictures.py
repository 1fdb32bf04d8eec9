"""The papers' figures that apply to saved runs, each with what it shows."""

import base64
import dataclasses
import io
import json
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from keras_pod.experiments.plots import runs as plots
from keras_pod.experiments.plots.features import animate, scatter
from keras_pod.experiments.plots.figure_data import drawn_data
from keras_pod.experiments.plots.theory import gradient_curves, rbf_curves
from keras_pod.experiments.report.measurements import Measures
from keras_pod.experiments.report.runs import Group, Run
from keras_pod.experiments.run.feature_frames import read_frames

# Pictures beyond this size are smaller as pixels.
MOST_SVG = 150_000
# Readable where a phone shrinks a figure to its width; the same picture every time.
STYLE = {"font.size": 12.5, "axes.titlesize": 13, "svg.hashsalt": "keras-pod"}
_TEXTS: dict[str, list[str]] = tomllib.loads(
    resources.files(__package__).joinpath("pictures.toml").read_text("utf-8")
)
# A film takes about ten seconds, however many epochs there are.
SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture in the report, still or moving.

    Attributes:
        name: of its files.
        title: above it.
        says: what it shows, in a sentence.
        source: the figure or table of a paper that it follows.
        content: a figure, or the bytes of a GIF.
    """

    name: str
    title: str
    says: str
    source: str
    content: Figure | bytes

    @property
    def alt(self) -> str:
        """The text for those who do not see it."""
        return f"{self.title}. {self.says}"

    def files(self) -> dict[str, bytes]:
        """Itself, and its numbers if it has any, by file name."""
        if isinstance(self.content, bytes):
            return {f"{self.name}.gif": self.content}
        data = {"title": self.title, "says": self.says, "source": self.source}
        data |= {"drawn": drawn_data(self.content)}
        numbers = json.dumps(data, indent=1) + "\n"
        return {f"{self.name}.png": self.png(), f"{self.name}.json": numbers.encode()}

    def uri(self) -> str:
        """Itself, for an `img` of a page."""
        if isinstance(self.content, bytes):
            return data_uri("gif", self.content)
        svg = _saved(self.content, format="svg", metadata={"Date": None})
        if len(svg) > MOST_SVG:
            return data_uri("png", self.png())
        return data_uri("svg+xml", svg)

    def png(self) -> bytes:
        return _saved(self.content, format="png", dpi=120)


def data_uri(kind: str, content: bytes) -> str:
    """The bytes of an image, as a page without anything outside it has them."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _saved(figure: Figure, **options: Any) -> bytes:
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(file, **options)
    return file.getvalue()


def picture(name: str, content: Figure | bytes, **words: str) -> Picture:
    """The picture with the texts of its name, but for a number, in pictures.toml."""
    title, says, source = _TEXTS[name.rstrip("-0123456789")]
    title = title.format(**words)
    title = title[0].upper() + title[1:]
    return Picture(name, title, says.format(**words), source, content)


def draw(function: Callable[..., Figure], *arguments: Any) -> Figure:
    """The figure in the style of all."""
    with matplotlib.rc_context(STYLE):
        return function(*arguments)


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
            figure = draw(plots.epoch_curves, values, label)
            yield picture(column, figure, **words)


def of_runs(group: Group, measured: Measures) -> Iterator[Picture]:
    """Pictures of the features and scores of a run of each method."""
    shown = first_of_each(group, measured)

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
            yield picture(name, draw(function, *given))
    names = group.runs[0].content["data"]["class_names"]
    for i, (method, m) in enumerate(shown.items()):
        if m.features is not None:
            figure = draw(scatter, m.features, m.labels, names, m.vectors)
            yield picture(f"scatter-{i}", figure, method=method)
    yield from of_theory({run.settings["loss"] for run in group.runs})


def first_of_each(group: Group, measured: Measures) -> Measures:
    """The run with the smallest seed of each method."""
    return {m: measured[runs[0].label] for m, runs in group.methods.items()}


def of_theory(losses: set[str]) -> Iterator[Picture]:
    """The papers' curves that no run decides, where there are runs of their losses."""
    if losses & {"cosine", "nac", "pod"}:
        yield picture("pull", draw(gradient_curves))
    if "rbf-softmax" in losses:
        yield picture("kernels", draw(rbf_curves))


def movies(group: Group) -> Iterator[Picture]:
    """Features epoch by epoch of each method's first run, where they were kept."""
    for i, (method, runs) in enumerate(group.methods.items()):
        film = _film(runs[0])
        if film:
            yield picture(f"movie-{i}", film, method=method)


def _film(run: Run) -> bytes | None:
    frames = read_frames(run.folder.frames)
    if not frames:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.gif"
        animate(
            [frame.features for frame in frames],
            frames[-1].labels,
            run.content["data"]["class_names"],
            path,
            points=[frame.vectors for frame in frames],
            titles=[f"epoch {frame.epoch}" for frame in frames],
            seconds=SECONDS / len(frames),
        )
        return path.read_bytes()
