"""Moving pictures: two-dimensional features from epoch to epoch."""

import dataclasses
import tempfile
from pathlib import Path

from keras_pod.experiments.plots.features import animate
from keras_pod.experiments.report.pictures import Shown, data_uri
from keras_pod.experiments.report.runs import Group, Run
from keras_pod.experiments.run.feature_frames import read_frames

# A film takes about ten seconds, however many epochs there are.
SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Movie(Shown):
    """A moving picture of the report.

    Attributes:
        gif: itself.
    """

    gif: bytes

    def files(self) -> dict[str, bytes]:
        return {f"{self.name}.gif": self.gif}

    def uri(self) -> str:
        return data_uri("gif", self.gif)


def movies(group: Group) -> list[Movie]:
    """One of each method's first run, where its features were kept."""
    found = []
    for i, (method, runs) in enumerate(group.methods.items()):
        gif = _film(runs[0])
        if gif:
            says = "Two-dimensional features of test images after every epoch."
            title = f"Features of {method}, epoch by epoch"
            found.append(Movie(f"movie-{i}", title, says, "POD Fig 6, RBF Fig 5", gif))
    return found


def _film(run: Run) -> bytes | None:
    frames = read_frames(run.folder.frames)
    if not frames:
        return None
    vectors = [frame.vectors for frame in frames]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.gif"
        animate(
            [frame.features for frame in frames],
            frames[-1].labels,
            run.content["data"]["class_names"],
            path,
            points=None if any(v is None for v in vectors) else vectors,
            titles=[f"epoch {frame.epoch}" for frame in frames],
            seconds=SECONDS / len(frames),
        )
        return path.read_bytes()
