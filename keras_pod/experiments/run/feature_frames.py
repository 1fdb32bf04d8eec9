"""Two-dimensional features after every epoch, kept for a moving picture."""

import contextlib
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_pod.core.disk import write_whole
from keras_pod.core.errors import InputError
from keras_pod.evaluation import prototypes_of

# Dots of more images hide each other.
MOST_IMAGES = 1000


class Frame(NamedTuple):
    """The features (N, 2) of some images after an epoch, counted from 1.

    With their labels (N,) and the vectors of the classes (k, 2), or None.
    """

    epoch: int
    features: np.ndarray
    labels: np.ndarray
    vectors: np.ndarray | None


class KeepFrames(keras.callbacks.Callback):
    """Writes the features of the first images after every epoch, a file each."""

    def __init__(self, folder: Path, batches: Any) -> None:
        super().__init__()
        self.folder = folder
        first = batches.unbatch().take(MOST_IMAGES).batch(MOST_IMAGES)
        self.images, self.labels = next(first.as_numpy_iterator())

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        out = self.model.predict(self.images, verbose=0)
        arrays = {"features": out["features"].astype("float32"), "labels": self.labels}
        # Of a head with another kind of vectors there are none.
        with contextlib.suppress(InputError):
            vectors = prototypes_of(self.model.get_layer("logits"))
            if vectors.shape == (out["logits"].shape[1], 2):
                arrays["vectors"] = vectors
        path = self.folder / f"epoch-{epoch + 1:06d}.npz"
        write_whole(path, lambda beside: np.savez(beside, **arrays))


def read_frames(folder: Path, most: int = 40) -> list[Frame]:
    """The frames that were kept, oldest first: the last epoch's and some before it."""
    paths = sorted(folder.glob("epoch-*.npz"))
    if len(paths) > most:
        chosen = np.linspace(0, len(paths) - 1, most).round().astype(int)
        paths = [paths[i] for i in chosen]
    frames = []
    for path in paths:
        epoch = int(path.stem.removeprefix("epoch-"))
        # A damaged file is left out.
        with contextlib.suppress(OSError, KeyError, ValueError, zipfile.BadZipFile):
            with np.load(path, allow_pickle=False) as kept:
                arrays = kept["features"], kept["labels"], kept.get("vectors")
            frames.append(Frame(epoch, *arrays))
    return frames
