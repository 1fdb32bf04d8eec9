"""load: training and test images from a name or a path."""

import os
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.data import checks
from keras_pod.data.arrays import Arrays
from keras_pod.data.image_set import ImageSet
from keras_pod.data.in_memory.augmentation import Augmentation, resolve
from keras_pod.data.in_memory.image_data import ImageData
from keras_pod.data.names import MEAN_STD, Name, is_path, parse
from keras_pod.data.readers.digits import read_digits
from keras_pod.data.readers.folder import read_folder, test_folder
from keras_pod.data.readers.idx import read_idx
from keras_pod.data.readers.npz import has_test_images, read_npz
from keras_pod.data.readers.tfds import Prepared, prepare
from keras_pod.data.readers.tfds_arrays import fits, read_arrays
from keras_pod.data.splits import choose, hold_out, long_tailed
from keras_pod.data.streamed.image_data import DEFAULT_SIZE, StreamedImageData
from keras_pod.data.streamed.random_resized_crop import RandomResizedCrop, resolve_crop
from keras_pod.data.streamed.records import train_and_test
from keras_pod.data.where import idx_folder


def _read_path(path: Path, size: tuple[int, int] | None) -> tuple[Arrays, list[str]]:
    if path.is_dir():
        try:
            return read_folder(path, size)
        except OSError as error:
            raise InputError(f"cannot read '{path}': {error}") from error
    if not path.exists():
        raise InputError(f"'{path}' does not exist")
    if path.suffix != ".npz":
        raise InputError(f"'{path}' is neither a folder nor a .npz file")
    return read_npz(path)


def _read_name(
    name: Name, data_dir: Path | None
) -> tuple[Arrays, list[str]] | Prepared:
    """Return the set in memory, or its place on the disk if it does not fit."""
    folder = idx_folder(name.base, data_dir)
    if name.base == "digits" or folder is not None:
        found, names = read_idx(name.base, folder) if folder else read_digits()
        count = name.first(len(names))
        return found.first_classes(count), names[:count]
    if name.family == "facescrub":
        from keras_pod.data.sets.facescrub import read_facescrub

        return read_facescrub(name, data_dir)
    prepared = prepare(name.tfds, data_dir, name.given)
    if not fits(prepared):
        return prepared
    return read_arrays(prepared, name.first(len(prepared.class_names)))


def _streamed(
    name: Name,
    prepared: Prepared,
    augment: Augmentation | RandomResizedCrop | str | None,
    size: tuple[int, int] | None,
    short_side: int | None,
    validation_split: float,
    limit: int | None,
    **options: Any,
) -> StreamedImageData:
    height, width, _ = prepared.image_shape
    if size is None and height and width:
        # There is nothing to gain from enlarging images that are all of one size.
        size, short_side = (height, width), short_side or max(height, width)
    classes = len(prepared.class_names)
    if name.tfds == name.base:
        classes = name.first(classes)
    return StreamedImageData(
        prepared.name,
        prepared.class_names[:classes],
        *train_and_test(prepared, classes, validation_split, limit),
        augmentation=resolve_crop(augment),
        image_size=size or DEFAULT_SIZE,
        test_short_side=short_side,
        **options,
    )


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
    test_short_side: int | None = None,
    drop_last: bool = False,
) -> ImageSet:
    """Load a data set, batched, augmented and prefetched.

    Args:
        name: "digits", "fashion_mnist", "tiny_imagenet", "facescrub", "imagenet" or
            another name of a set of classified images of TensorFlow Datasets
            ("mnist", "cifar10", ...); NAME-K for its first K classes ("mnist-5",
            "imagenet-100"); the path of a folder of class folders (possibly within
            `train` and `test` or `val`), or that of a .npz file. Write "./digits"
            for a folder that is called as a known data set.
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
        test_short_side: Of a streamed set: to what the shorter side of test images
            is resized before the middle is cut out; 256 for images of 224, and for
            others in proportion.
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
        "drop_last": checks.flag("drop_last", drop_last),
    }
    limit = None if limit is None else checks.integer("limit", limit, 1)
    if isinstance(augment, str) and augment not in ("auto", "none"):
        raise InputError(
            "augment must be 'auto', 'none', an Augmentation or a RandomResizedCrop, "
            f"not {augment!r}"
        )
    if imbalance is not None:
        checks.ratio("imbalance", imbalance)
    size = checks.image_size(image_size)
    if test_short_side is not None:
        test_short_side = checks.integer("test_short_side", test_short_side, 1)
    checks.share("validation_split", validation_split)
    given = os.fspath(name)
    if not isinstance(given, str) or not given:
        raise InputError(f"the data set must be a name or a path, not {name!r}")

    held_out, family = False, ""
    if not isinstance(name, str) or is_path(given):
        path = Path(given).expanduser()
        arrays, class_names = _read_path(path, size)
        has_test = test_folder if path.is_dir() else has_test_images
        held_out = not has_test(path)
        shown = path.resolve().stem if path.is_file() else path.name
        shown = shown or path.resolve().name
    else:
        parsed, shown = parse(given), given
        found = _read_name(parsed, data_dir and Path(data_dir).expanduser())
        if isinstance(found, Prepared):
            in_memory = {
                "imbalance": imbalance,
                "class_balanced": class_balanced,
                "unseen_classes": unseen_classes,
            }
            for option, value in in_memory.items():
                if value is not None:
                    raise InputError(
                        f"{option} is for sets that fit in memory, not for '{given}', "
                        "which is streamed"
                    )
            chosen = augment, size, test_short_side, validation_split, limit
            data = _streamed(parsed, found, *chosen, **options)
            data.validation_split = validation_split
            return data
        (arrays, class_names), family = found, parsed.family
    if test_short_side is not None:
        raise InputError(
            f"test_short_side is for sets that are streamed, not for '{shown}', which "
            "fits in memory"
        )
    if unseen_classes is not None:
        seen = len(class_names) - checks.integer("unseen_classes", unseen_classes, 1)
        if seen < 2:
            raise InputError(
                f"unseen_classes={unseen_classes} leaves {max(seen, 0)} of the "
                f"{len(class_names)} classes of '{shown}' to train on: 2 are needed"
            )
        others = arrays.y_test >= seen
        unseen = arrays.x_test[others], arrays.y_test[others]
        arrays, class_names = arrays.first_classes(seen), class_names[:seen]
    if class_balanced is not None:
        checks.integer("class_balanced", class_balanced, 1)
        if class_balanced > len(class_names) or batch_size % class_balanced:
            raise InputError(
                f"class_balanced={class_balanced} must be at most the "
                f"{len(class_names)} classes of '{shown}', and divide the batch size, "
                f"{batch_size}"
            )
    x, y = arrays.x_train, arrays.y_train
    if validation_split:
        parts = hold_out(y, validation_split, class_names)
        arrays = Arrays.parted(x, y, parts)
        x, y = arrays.x_train, arrays.y_train
    if imbalance is not None:
        chosen = long_tailed(y, imbalance)
        x, y = x[chosen], y[chosen]
    if limit is not None and limit < len(y):
        chosen = choose(y, limit, class_names)
        x, y = x[chosen], y[chosen]
    mean, std = MEAN_STD.get(family, (None, None))
    data = ImageData(
        shown,
        Arrays(x, y, *arrays[2:]),
        class_names,
        augmentation=resolve(augment, family, x.shape[1:]),
        mean=mean,
        std=std,
        image_size=size,
        class_balanced=class_balanced,
        **options,
    )
    data.validation_split, data.held_out = validation_split, held_out
    if unseen_classes is not None:
        data.unseen = data._in_order(unseen)
    return data
