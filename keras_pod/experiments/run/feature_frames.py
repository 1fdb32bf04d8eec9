"""Two-dimensional features after every epoch, kept for a moving picture."""

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
    """The features of some images after an epoch.

    Attributes:
        epoch: from 1.
        features: (N, 2).
        labels: integers (N,).
        vectors: of the classes (k, 2), or None.
    """

    epoch: int
    features: np.ndarray
    labels: np.ndarray
    vectors: np.ndarray | None


class KeepFrames(keras.callbacks.Callback):
    """Writes the features of the first images after every epoch, a file each.

    Args:
        folder: where the files go; that of an epoch that is repeated is replaced.
        batches: of images and integer labels, always in the same order.
    """

    def __init__(self, folder: Path, batches: Any) -> None:
        super().__init__()
        self.folder = folder
        images, labels, count = [], [], 0
        for x, y in batches.as_numpy_iterator():
            images.append(x)
            labels.append(y)
            count += len(y)
            if count >= MOST_IMAGES:
                break
        self.images = np.concatenate(images)[:MOST_IMAGES]
        self.labels = np.concatenate(labels)[:MOST_IMAGES]

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        out = self.model.predict(self.images, verbose=0)
        arrays = {"features": out["features"].astype("float32"), "labels": self.labels}
        vectors = self._vectors(out["logits"].shape[1])
        if vectors is not None:
            arrays["vectors"] = vectors
        path = self.folder / f"epoch-{epoch + 1:06d}.npz"
        write_whole(path, lambda beside: np.savez(beside, **arrays))

    def _vectors(self, num_classes: int) -> np.ndarray | None:
        try:
            found = prototypes_of(self.model.get_layer("logits"))
        except InputError:
            return None
        # Several prototypes of a class are none of it.
        return found if found.shape == (num_classes, 2) else None


def read_frames(folder: Path, most: int = 40) -> list[Frame]:
    """The frames that were kept, oldest first: the last epoch and others before it.

    Args:
        folder: of the files; [] if it is not there.
        most: how many to read at most.
    """
    paths = sorted(folder.glob("epoch-*.npz"))
    if len(paths) > most:
        chosen = np.linspace(0, len(paths) - 1, most).round().astype(int)
        paths = [paths[i] for i in chosen]
    frames = []
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as kept:
                vectors = kept["vectors"] if "vectors" in kept else None
                arrays = kept["features"], kept["labels"], vectors
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            continue
        frames.append(Frame(int(path.stem.removeprefix("epoch-")), *arrays))
    return frames
