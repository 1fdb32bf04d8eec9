"""load: training and test images from a name or a path."""

import os
from typing import Any, Literal, TypeVar

from keras_pod.core import checks
from keras_pod.core.errors import InputError
from keras_pod.data.arrays import Arrays, Found
from keras_pod.data.image_set import ImageSet
from keras_pod.data.in_memory.augmentation import Augmentation, resolve
from keras_pod.data.in_memory.image_data import ImageData
from keras_pod.data.names import KNOWN, Known
from keras_pod.data.readers.prepared import Prepared, Records
from keras_pod.data.splits import choose, hold_out, long_tailed
from keras_pod.data.streamed.image_data import DEFAULT_SIZE, StreamedImageData
from keras_pod.data.streamed.random_resized_crop import RandomResizedCrop
from keras_pod.data.where import find

Kind = TypeVar("Kind", Augmentation, RandomResizedCrop)


def load(
    name: str | os.PathLike[str],
    *,
    batch_size: int = 128,
    seed: int = 0,
    augment: Augmentation | RandomResizedCrop | str | None = "auto",
    validation_split: float = 0.0,
    limit: int | None = None,
    imbalance: float | None = None,
    class_balanced: int | None = None,
    unseen_classes: int | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    image_size: tuple[int, int] | None = None,
    drop_last: bool = False,
) -> ImageSet:
    """Load a data set, batched, augmented and prefetched.

    Args:
        name: "digits", "fashion_mnist", "tiny_imagenet", "facescrub", "imagenet" or
            another name of a set of classified images of TensorFlow Datasets
            ("mnist", "cifar10", ...); NAME-K for the first K classes of ImageNet or
            of a set that fits in memory ("imagenet-100", "mnist-5"); the path of a
            folder of class folders (possibly within `train` and `test`, `val`, `valid`
            or `validation`), or that of a .npz file, PATH-K for its first K classes.
            Write "./digits" for a folder that is called as a known data set.
        batch_size: Images per batch.
        seed: Fixes, with the epoch, the order and the augmentation. What is
            training and what test data does not depend on it.
        augment: "auto" (what is usual for the data set), None or "none", an
            `Augmentation`, or a `RandomResizedCrop` for a set that is streamed.
        validation_split: Share of the training images, of each class the same,
            that becomes `test`. The real test images are then not used: it is
            for choosing settings.
        limit: Use this many training images only, or all if there are fewer.
        imbalance: Thin out the training images so that the classes have a long tail:
            the first has so many times as many as the last, as
            `keras_pod.data.splits.long_tailed` says. It comes after the validation
            split and before the limit; the test images stay.
        class_balanced: Have so many classes in every training batch, and as many
            images of each, as `class_balanced_batches` chooses them. It divides the
            batch size.
        unseen_classes: Leave the last so many classes out. Their test images, which
            are not those of a validation split, become `unseen`.
        data_dir: Where the files of "fashion_mnist" or "mnist" (IDX) or the
            prepared sets of TensorFlow Datasets are.
        image_size: (height, width) of the batches. Images in memory are resized
            after augmentation, those of a folder when they are read. Streamed ones
            are 224x224 without it.
        drop_last: Whether to leave out a last training batch that is not full.

    Returns:
        `ImageData`; or `StreamedImageData`, of the same interface but for `arrays`,
        where the images are of several sizes or take 2 GiB or more.

    Raises:
        InputError: saying what is wrong with an argument or the files.

    >>> data = load("digits", batch_size=100)
    >>> data
    <ImageData digits: 10 classes, 8x8x1, 1437 training and 360 test images>
    >>> images, labels = next(iter(data.train))
    >>> images.shape, images.dtype.name, labels.dtype.name
    (TensorShape([100, 8, 8, 1]), 'uint8', 'int32')
    """
    options = {
        "batch_size": checks.integer("batch_size", batch_size, 1),
        "seed": checks.integer("seed", seed, 0),
        "drop_last": drop_last,
    }
    checks.share("validation_split", validation_split)
    if limit is not None:
        checks.integer("limit", limit, 1)
    if imbalance is not None:
        checks.ratio("imbalance", imbalance)
    if class_balanced is not None:
        checks.integer("class_balanced", class_balanced, 1)
    if image_size is not None:
        if not isinstance(image_size, tuple | list) or len(image_size) != 2:
            raise InputError(f"image_size must be (height, width), not {image_size!r}")
        height, width = (checks.integer("image_size", n, 1) for n in image_size)
        image_size = height, width
    if not name:
        raise InputError("the data set must be a name or a path")

    place = find(name, data_dir)
    found = place.read(image_size)
    if isinstance(found, Prepared):
        for option, given in (
            ("imbalance", imbalance),
            ("class_balanced", class_balanced),
            ("unseen_classes", unseen_classes),
        ):
            if given is not None:
                raise InputError(
                    f"{option} is for sets that fit in memory, not for "
                    f"'{place.name}', which is streamed"
                )
        parts = found.parts(validation_split, limit)
        crop = _checked(augment, RandomResizedCrop, "is streamed", place.name)
        data: ImageSet = _streamed(found, parts, crop, image_size, options)
    else:
        whole = found
        if unseen_classes is not None:
            found = _without_last(found, unseen_classes, place.name)
        arrays = _chosen(found, validation_split, imbalance, limit)
        usual, (mean, std) = KNOWN.get(place.family, Known())
        asked = _checked(augment, Augmentation, "fits in memory", place.name)
        data = ImageData(
            place.name,
            arrays,
            found.class_names,
            augmentation=resolve(asked, usual, arrays.x_train.shape[1:]),
            mean=mean,
            std=std,
            image_size=image_size,
            class_balanced=class_balanced,
            **options,
        )
        data.held_out = found.held_out
        if unseen_classes is not None:
            *_, x, y = whole.arrays
            unseen = y >= data.num_classes
            data.unseen = data._in_order((x[unseen], y[unseen]))
    data.validation_split = validation_split
    return data


def _checked(
    augment: Any, kind: type[Kind], why: str, name: str
) -> Kind | Literal["auto"] | None:
    """Return how to vary a set's images; raise InputError if it is of another kind."""
    if augment is None or augment == "none":
        return None
    if augment != "auto" and not isinstance(augment, kind):
        raise InputError(
            f"augment must be 'auto', 'none' or a keras_pod.data.{kind.__name__} for "
            f"'{name}', which {why}, not {augment!r}"
        )
    return augment


def _without_last(found: Found, count: int, name: str) -> Found:
    classes = len(found.class_names)
    seen = classes - checks.integer("unseen_classes", count, 1)
    if seen < 2:
        raise InputError(
            f"unseen_classes={count} leaves {max(seen, 0)} of the {classes} classes of "
            f"'{name}' to train on: 2 are needed"
        )
    return found.first(seen)


def _chosen(
    found: Found, validation_split: float, imbalance: float | None, limit: int | None
) -> Arrays:
    """The images that are asked for."""
    arrays, names = found.arrays, found.class_names
    if validation_split:
        parts = hold_out(arrays.y_train, validation_split, names)
        arrays = Arrays.parted(arrays.x_train, arrays.y_train, parts)
    if imbalance is not None:
        arrays = arrays.trained_on(long_tailed(arrays.y_train, imbalance))
    if limit is not None and limit < len(arrays.y_train):
        arrays = arrays.trained_on(choose(arrays.y_train, limit, names))
    return arrays


def _streamed(
    prepared: Prepared,
    parts: tuple[Records, Records],
    augment: RandomResizedCrop | Literal["auto"] | None,
    size: tuple[int, int] | None,
    options: dict[str, Any],
) -> StreamedImageData:
    short_side = None
    height, width, _ = prepared.image_shape
    if size is None and height and width:
        # There is nothing to gain from enlarging images that are all of one size.
        size, short_side = (height, width), max(height, width)
    return StreamedImageData(
        prepared.name,
        prepared.class_names,
        *parts,
        augmentation=RandomResizedCrop() if augment == "auto" else augment,
        image_size=size or DEFAULT_SIZE,
        test_short_side=short_side,
        **options,
    )
