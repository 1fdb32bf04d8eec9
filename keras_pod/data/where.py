"""The place of a data set on this machine, if it is there."""

import os
from pathlib import Path

from keras_pod.data.names import is_path, parse
from keras_pod.data.readers.how_to_get import how_to_get
from keras_pod.data.readers.idx import CLASS_NAMES, DEBIAN_FASHION_MNIST, has_idx_files
from keras_pod.data.readers.tfds import find_builder


def idx_folder(name: str, data_dir: Path | None) -> Path | None:
    """Return the folder of the IDX files of MNIST or Fashion-MNIST, if any."""
    debian = DEBIAN_FASHION_MNIST if name == "fashion_mnist" else None
    folders = [folder for folder in (data_dir, debian) if folder is not None]
    if name not in CLASS_NAMES:
        return None
    return next((folder for folder in folders if has_idx_files(folder)), None)


def available(
    name: str | os.PathLike[str], data_dir: str | os.PathLike[str] | None = None
) -> tuple[bool, str]:
    """Return whether a data set is on this machine, ready for `load`, and where.

    Nothing is downloaded, prepared or read.

    Args:
        name: As for `load`.
        data_dir: As for `load`.

    Returns:
        Whether it is there, and where; if not, what to do to have it.

    Raises:
        InputError: if there is no data set of that name.

    >>> available("digits")
    (True, 'comes with scikit-learn')
    """
    if not isinstance(name, str) or is_path(name):
        path = Path(name).expanduser()
        return path.exists(), f"'{path}'" + ("" if path.exists() else " does not exist")
    folder = None if data_dir is None else Path(data_dir).expanduser()
    parsed = parse(name)
    if parsed.base == "digits":
        return True, "comes with scikit-learn"
    if found := idx_folder(parsed.base, folder):
        return True, f"'{found}'"
    if parsed.family == "facescrub":
        from keras_pod.data.sets.facescrub import faces_folder, layout

        faces = faces_folder(folder)
        there = faces.is_dir()
        return there, f"'{faces}'" if there else layout(folder)
    builder = find_builder(parsed.tfds, folder)
    if builder.info.splits:
        return True, f"'{builder.data_dir}'"
    return False, how_to_get(builder, name)
