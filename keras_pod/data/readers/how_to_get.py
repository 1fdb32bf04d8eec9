"""Advice on how to get a data set that is not on this machine."""

from pathlib import Path
from typing import Any

from keras_pod.data.readers.idx import CLASS_NAMES

# These archives hold the training and the validation images.
IMAGENET = ("ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar")


def data_root(builder: Any) -> Path:
    """Return the folder under which TFDS keeps this builder's and all other sets."""
    return Path(builder.data_dir).parents[2 if builder.builder_config else 1]


def manual_folder(builder: Any) -> Path:
    """Return the folder where TFDS looks for files that a person downloads."""
    return data_root(builder) / "downloads" / "manual"


def missing_files(builder: Any) -> list[str]:
    """List the archives that ImageNet, or a part of it, lacks to be made from.

    Without the second, TFDS would prepare it without its test images.
    """
    if builder.name not in ("imagenet2012", "imagenet_first") or whole(builder):
        return []
    folder = manual_folder(builder)
    return [archive for archive in IMAGENET if not (folder / archive).is_file()]


def whole(builder: Any) -> Any:
    """Return the builder of the whole ImageNet beside another's set, if prepared."""
    import tensorflow_datasets as tfds

    found = tfds.builder("imagenet2012", data_dir=data_root(builder), try_gcs=False)
    return found if {"train", "validation"} <= set(found.info.splits) else None


def how_to_get(builder: Any, name: str) -> str:
    """Say how a person gets a builder's set, and which command then prepares it."""
    import tensorflow_datasets as tfds

    root = data_root(builder)
    default = root == Path(tfds.core.constants.DATA_DIR).expanduser()
    place = "" if default else f", data_dir='{root}'"
    command = f"python -c \"import keras_pod; keras_pod.data.load('{name}'{place})\""
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        what = " ".join(builder.MANUAL_DOWNLOAD_INSTRUCTIONS.split())
        return (
            "It has to be downloaded by hand, into the folder (manual_dir) "
            f"'{manual_folder(builder)}': {what} Then run {command}"
        )
    files = builder.url_infos or {}
    megabytes = sum(info.size for info in files.values()) / 2**20
    size = f" {megabytes:.0f} MiB" if megabytes >= 1 else ""
    by_hand = ""
    if builder.name in CLASS_NAMES:
        by_hand = f"pass data_dir, a folder with the four IDX files of {builder.name}; "
    elif 0 < len(files) <= 3 and all(info.filename for info in files.values()):
        # TFDS looks there for files whose checksums it knows.
        by_hand = (
            f"put what is at {' and '.join(sorted(files))} into "
            f"'{manual_folder(builder)}' and run the same; "
        )
    return (
        f"With network, {command} downloads{size} and prepares it in '{root}'. "
        f"Without: {by_hand}{'or ' if by_hand else ''}"
        "pass data_dir, a folder where TensorFlow Datasets has prepared it on another "
        "machine; or give instead of the name the path of a folder of class folders or "
        "of a .npz file (x_train, y_train, x_test, y_test)"
    )
