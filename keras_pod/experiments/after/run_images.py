"""The images that a trained run is measured on, and its outputs for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.data.image_files.fit import set_channels
from keras_pod.data.names import first_of_path, is_path
from keras_pod.data.splits import hold_out
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.run.measures import Outputs, predicted
from keras_pod.experiments.run.run_json import is_here


def load_images(run: Trained, data: str, **chosen: Any) -> datasets.ImageSet:
    """Data as the run's model takes them.

    A folder or file without test images of its own is parted only if the run was
    fitted to it; of any other, all images become `test`, brought to the size and the
    channels that the run has. `chosen` are further arguments of `keras_pod.data.load`.
    InputError for a class that the run does not know, or images of another shape.
    """
    side, names = run.settings.get("image_size"), run.data["class_names"]
    size, expected = side and (side, side), list(run.data["image_shape"])
    own = data == run.settings["data"]
    if own and is_path(data) and not is_here(data):
        raise InputError(
            f"'{data}' does not exist, where the run's data were: bring them back, or "
            "say where they are by --data of `evaluate`, `calibrate` and `report`."
        )
    if own:
        chosen["unseen_classes"] = run.settings.get("unseen_classes")
    elif is_path(data):
        size = tuple(expected[:2])
    images = datasets.load(data, augment=None, image_size=size, **chosen)
    found, channels = list(images.image_shape), expected[2]
    converted = not own and _convertible(images, channels)
    if found != expected and not (converted and found[:2] == expected[:2]):
        raise InputError(
            f"data '{images.name}' has image shape {found}, but the run was trained "
            f"with {expected}."
        )
    if not set(images.class_names) <= set(names):
        raise InputError(
            f"data '{images.name}' has class names {images.class_names}, but the run "
            f"was trained with {names}."
        )
    if images.held_out and not _fitted_to(run, data):
        measure_all(images)
    if converted:
        images.test = images.test.map(lambda x, y: (set_channels(x, channels), y))
    if images.class_names != names:
        # Data may have some of the classes, in any order.
        place = tf.constant([names.index(n) for n in images.class_names], tf.int32)
        images.test = images.test.map(lambda x, y: (x, tf.gather(place, y)))
        images.class_names, images.num_classes = list(names), len(names)
    return images


def _convertible(images: datasets.ImageSet, channels: int) -> bool:
    """Whether grey images are to become RGB, or RGB images grey."""
    return {images.image_shape[2], channels} == {1, 3}


def measure_all(images: datasets.ImageSet) -> None:
    """Make all images test images, where nothing was trained on any."""
    images.test = images.train_in_order.concatenate(images.test)
    images.num_test += images.num_train


def _fitted_to(run: Trained, data: str) -> bool:
    """Whether the run was trained on a folder or file, or extended by it."""
    own = [name for name in (run.settings["data"], run.extended_by) if name]
    # Of photos-5, the first classes of photos, it is photos.
    whole = [first_of_path(name) or (name,) for name in (data, *filter(is_path, own))]
    place, *places = (Path(path).expanduser().resolve() for path, *_ in whole)
    return place in places


def trained_on(run: Trained) -> datasets.ImageSet:
    """The run's own images, in its own split; InputError if they have changed."""
    names = ("validation_split", "limit", "imbalance")
    part = {name: run.settings[name] for name in names if run.settings[name]}
    images = load_images(run, run.settings["data"], **part)
    # Files can change after a run; features of other images tell nothing about it.
    same = images.num_train == run.data["num_train"]
    if not same or not np.allclose(images.mean, run.data["mean"]):
        raise InputError(
            f"the training images of '{run.settings['data']}' are not those that the "
            "run was trained on: they have changed since. Bring them back, or train "
            "again."
        )
    return images


def load_others(run: Trained, data: str) -> tuple[datasets.ImageSet, list[str]]:
    """Data of the size that the run's model takes, and their classes that it lacks."""
    *size, channels = run.data["image_shape"]
    images = datasets.load(data, augment=None, image_size=tuple(size))
    if images.image_shape[2] != channels and not _convertible(images, channels):
        raise InputError(
            f"data '{images.name}' has images of {images.image_shape[2]} channels, but "
            f"the run was trained with {channels}."
        )
    mine = set(run.data["class_names"])
    others = [name for name in images.class_names if name not in mine]
    if not others:
        raise no_other_class(data)
    return images, others


def no_other_class(data: object) -> InputError:
    """The error for data without a class that the run lacks."""
    return InputError(
        f"'{data}' has no class that the run was not trained on; name other data."
    )


def of_classes(
    run: Trained, images: datasets.ImageSet, batches: Any, names: list[str]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of the images of some classes, with the channels that the run has.

    The `batches` are those of `images.test` or `images.train_in_order`; a label is the
    place of its class among the `names`.
    """
    channels = run.data["image_shape"][-1]
    place = np.full(images.num_classes, -1)
    for i, name in enumerate(names):
        place[images.class_names.index(name)] = i
    for x, y in batches.as_numpy_iterator():
        chosen = place[y] >= 0
        if chosen.any():
            with tf.device("CPU:0"):
                x = set_channels(x[chosen], channels).numpy()
            yield x, place[y[chosen]]


class Part(NamedTuple):
    """A model's outputs for some images, with the labels (N,), and what these are."""

    images: str
    out: Outputs
    labels: np.ndarray


def held_out_parts(run: Trained) -> tuple[Part, Part]:
    """Held-out images to fit to, and others to report.

    A run with a validation split has its validation images to fit to, and the test
    images to report. Else the test images are halved, the same way every time.
    """
    share, data = run.settings["validation_split"], run.settings["data"]
    out, labels = predicted(run.model, load_images(run, data).test)
    of = " of the classes before `extend`" if run.extended_by else ""
    if share:
        validation = load_images(run, data, validation_split=share).test
        fit = Part(f"validation images{of}", *predicted(run.model, validation))
        return fit, Part(f"test images{of}", out, labels)
    names = f"the other half of the test images{of}", f"half of the test images{of}"
    halves = hold_out(labels, 0.5, run.data["class_names"])
    report, fit = (
        Part(name, {k: v[rows] for k, v in out.items()}, labels[rows])
        for name, rows in zip(names, halves, strict=True)
    )
    return fit, report
