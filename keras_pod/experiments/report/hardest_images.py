"""The images that a run finds hardest, as small pictures."""

import dataclasses
import io

import numpy as np
from PIL import Image

from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.report.measurements import Measured
from keras_pod.experiments.report.pictures import data_uri

SIDE = 112


@dataclasses.dataclass(frozen=True)
class Hard:
    """A test image, by its place, and what the run made of it.

    The scores are what it gave the true and the predicted class, each with its name.
    """

    uri: str
    place: int
    true: str
    predicted: str
    scores: list[tuple[str, float, float]]

    @property
    def alt(self) -> str:
        name, true, predicted = self.scores[0]
        text = f"Image {self.place} of class {self.true}, {name} {true:.2f}"
        if self.true == self.predicted:
            return f"{text}, classified rightly."
        return f"{text}, taken for {self.predicted} with {predicted:.2f}."


def order(measured: Measured) -> np.ndarray:
    """The test images by how far the true class falls behind the best other one."""
    others = measured.scores.copy()
    true = np.take_along_axis(others, measured.labels[:, None], axis=1)[:, 0]
    np.put_along_axis(others, measured.labels[:, None], -np.inf, axis=1)
    return np.argsort(true - others.max(axis=1), kind="stable")


def hardest(
    measured: Measured, images: ImageSet, class_names: list[str], most: int = 12
) -> list[Hard]:
    """The hardest images: confident errors first, then what was nearly wrong."""
    chosen = [int(i) for i in order(measured)[:most]]
    pixels = _pick(images, set(chosen))
    found = []
    for i in chosen:
        true, said = both = measured.labels[i], measured.predicted[i]
        scores = [(measured.score_name, *map(float, measured.scores[i, list(both)]))]
        if measured.cosines is not None and measured.score_name != "cosine":
            scores.append(("cosine", *map(float, measured.cosines[i])))
        names = class_names[true], class_names[said]
        found.append(Hard(_uri(pixels[i]), i, *names, scores))
    return found


def _pick(images: ImageSet, wanted: set[int]) -> dict[int, np.ndarray]:
    """Some test images by their place, uint8 (H, W, C)."""
    found, start = {}, 0
    for batch, _ in images.test.as_numpy_iterator():
        for i in wanted & set(range(start, start + len(batch))):
            found[i] = np.clip(np.round(batch[i - start]), 0, 255).astype("uint8")
        start += len(batch)
        if len(found) == len(wanted):
            break
    return found


def _uri(pixels: np.ndarray) -> str:
    if pixels.shape[-1] != 3:
        pixels = pixels[..., 0]
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    return data_uri("png", file.getvalue())
