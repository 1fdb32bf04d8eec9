"""The images that a run finds hardest, as small pictures."""

import dataclasses
import io

import numpy as np
from PIL import Image

from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.report.measurements import Measured

SIDE = 112


@dataclasses.dataclass(frozen=True)
class Hard:
    """A test image, by its place, with the scores of its true and predicted class."""

    png: bytes
    place: int
    true: str
    predicted: str
    score_name: str
    scores: tuple[float, float]

    @property
    def alt(self) -> str:
        true, predicted = self.scores
        text = f"Image {self.place} of class {self.true}, {self.score_name} {true:.2f}"
        if self.true == self.predicted:
            return f"{text}, classified rightly."
        return f"{text}, taken for {self.predicted} with {predicted:.2f}."


def hardest(
    measured: Measured, images: ImageSet, class_names: list[str], most: int = 12
) -> list[Hard]:
    """The images whose true class falls furthest behind the best other one.

    Confident errors come first, then what was nearly wrong.
    """
    others, own = measured.scores.copy(), measured.labels[:, None]
    lead = np.take_along_axis(others, own, axis=1)[:, 0]
    np.put_along_axis(others, own, -np.inf, axis=1)
    order = np.argsort(lead - others.max(axis=1), kind="stable")
    chosen = [int(i) for i in order[:most]]
    pixels = _pick(images, set(chosen))
    found = []
    for i in chosen:
        both = measured.labels[i], measured.predicted[i]
        true, taken = (class_names[c] for c in both)
        of_true, of_taken = (float(measured.scores[i, c]) for c in both)
        named = true, taken, measured.score_name
        found.append(Hard(_png(pixels[i]), i, *named, (of_true, of_taken)))
    return found


def _pick(images: ImageSet, wanted: set[int]) -> dict[int, np.ndarray]:
    """Some test images by their place, uint8 (H, W, C)."""
    found, start = {}, 0
    for batch, _ in images.test.as_numpy_iterator():
        for i in wanted & set(range(start, start + len(batch))):
            found[i] = np.clip(np.round(batch[i - start]), 0, 255).astype("uint8")
        start += len(batch)
    return found


def _png(pixels: np.ndarray) -> bytes:
    if pixels.shape[-1] != 3:
        pixels = pixels[..., 0]
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
