"""The outputs of a run's model for its images: computed once, kept beside the run."""

import hashlib
import json
import logging
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from rich.console import Console

from keras_pod.core.disk import write_whole
from keras_pod.data.image_set import ImageSet
from keras_pod.data.in_memory.image_data import ImageData
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.run.run_folder import RunFolder


class Outputs(NamedTuple):
    """The outputs of a model for images in their order, float32.

    Attributes:
        logits: (N, k).
        features: (N, n).
        labels: integers (N,).
        backbone: what the feature layer gets, (N, d); None without such a layer,
            and of training images, of which nobody asks for it.
    """

    logits: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    backbone: np.ndarray | None


def outputs(
    folder: RunFolder, run: Trained, images: ImageSet, part: str, console: Console
) -> Outputs:
    """The outputs for a part of the images, from the run's folder if they are there.

    They are kept in `features-test.npz` and `features-train.npz`, with what they were
    made from: another model or other images, and they are computed again. The part is
    "test" or "train".
    """
    path = folder.path / f"features-{part}.npz"
    key = _key(folder, images, part)
    found = _read(path, key)
    if found is None:
        found = _compute(run.model, images, part, console)
        arrays = {k: v for k, v in found._asdict().items() if v is not None}
        try:
            write_whole(path, lambda beside: np.savez(beside, key=key, **arrays))
        except OSError as error:
            # Somebody else's run can be looked at as well.
            console.print(f"cannot keep the features: {error}", markup=False)
    return found


def _key(folder: RunFolder, images: ImageSet, part: str) -> str:
    with folder.model.open("rb") as file:
        model = hashlib.file_digest(file, "sha256").hexdigest()
    count = images.num_test if part == "test" else images.num_train
    made_from = {
        "model": model,
        "images": [images.name, list(images.image_shape), count],
        "cut": getattr(images, "test_short_side", None),
    }
    if isinstance(images, ImageData):
        pixels = hashlib.sha256()
        for array in (getattr(images.arrays, f"{name}_{part}") for name in "xy"):
            pixels.update(np.ascontiguousarray(array))
        made_from["pixels"] = pixels.hexdigest()
    return json.dumps(made_from)


def _read(path: Path, key: str) -> Outputs | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                return None
            return Outputs(*(kept[n] if n in kept else None for n in Outputs._fields))
    except (FileNotFoundError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        # None yet, or not ours: it is made again.
        return None


def _compute(
    model: keras.Model, images: ImageSet, part: str, console: Console
) -> Outputs:
    wanted = dict(model.output)
    layers = [layer.name for layer in model.layers]
    if part == "test" and "features" in layers:
        wanted["backbone"] = model.get_layer("features").input
    batches = images.test if part == "test" else images.train_in_order
    logger = logging.getLogger("tensorflow")
    level = logger.level
    # TensorFlow warns that each run's model is traced anew, which it has to be.
    logger.setLevel(logging.ERROR)
    try:
        found = keras.Model(model.inputs, wanted).predict(
            batches, verbose=1 if console.is_terminal else 0
        )
    finally:
        logger.setLevel(level)
    labels = np.concatenate([y for _, y in batches.as_numpy_iterator()])
    floats = {name: np.asarray(own, "float32") for name, own in found.items()}
    return Outputs(labels=labels, **{"backbone": None} | floats)


def pick(images: ImageSet, wanted: Any) -> dict[int, np.ndarray]:
    """Some test images by their place, uint8 (H, W, C)."""
    wanted, found, start = set(map(int, wanted)), {}, 0
    for batch, _ in images.test.as_numpy_iterator():
        for i in wanted & set(range(start, start + len(batch))):
            found[i] = np.clip(np.round(batch[i - start]), 0, 255).astype("uint8")
        start += len(batch)
        if len(found) == len(wanted):
            break
    return found
