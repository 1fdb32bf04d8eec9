"""The place of a data set: from a name or a path to what reads it."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import Found
from keras_pod.data.names import Name, first_of_path, is_path, parse
from keras_pod.data.readers.folder import read_folder
from keras_pod.data.readers.idx import idx_folder, read_idx
from keras_pod.data.readers.npz import read_npz
from keras_pod.data.readers.prepared import Prepared
from keras_pod.data.readers.tfds import find_builder, how_to_get, prepare
from keras_pod.data.sets.digits import read_digits
from keras_pod.data.sets.facescrub import faces_folder, layout, read_facescrub

Size = tuple[int, int] | None


class Place(NamedTuple):
    """Whether a data set is there, and where, or what to do to have it."""

    name: str
    # Its known name, "" for the user's own files.
    family: str
    there: bool
    where: str
    # The size is for a folder's images. What does not fit in memory stays on the disk.
    read: Callable[[Size], Found | Prepared]


def find(
    name: str | os.PathLike[str], data_dir: str | os.PathLike[str] | None
) -> Place:
    """Find a data set by the name or path that `load` has."""
    if not isinstance(name, str) or is_path(name):
        return _place_of_path(Path(name).expanduser())
    folder = None if data_dir is None else Path(data_dir).expanduser()
    return _place_of_name(parse(name), folder)


def _place_of_name(name: Name, data_dir: Path | None) -> Place:
    there = True
    reader: Callable[[], Found | Prepared]
    if folder := idx_folder(name.base, data_dir):
        where, reader = f"'{folder}'", functools.partial(read_idx, name.base, folder)
    elif name.base == "digits":
        where, reader = "comes with scikit-learn", read_digits
    elif name.family == "facescrub":
        faces = faces_folder(data_dir)
        there = faces.is_dir()
        where = f"'{faces}'" if there else layout(faces)
        reader = functools.partial(read_facescrub, name, faces)
    else:
        builder = find_builder(name.tfds, data_dir)
        there = bool(builder.info.splits)
        where = f"'{builder.data_dir}'" if there else how_to_get(builder, name.given)
        reader = functools.partial(prepare, name, builder)

    return Place(name.given, name.family, there, where, lambda _: _cut(reader(), name))


def _cut(found: Found | Prepared, name: Name) -> Found | Prepared:
    """Cut what was read to the classes of the name; a prepared set has no others."""
    if isinstance(found, Prepared):
        return found.read() if found.fits else found
    return found.first(name.first(len(found.class_names)))


def _place_of_path(path: Path) -> Place:
    if part := first_of_path(str(path)):
        place = _place_of_path(Path(part[0]))
        first = Name(f"{place.name}-{part[1]}", place.name, part[1])
        return place._replace(
            name=first.given, read=lambda size: _cut(place.read(size), first)
        )
    whole = path.resolve()
    name = whole.stem if path.is_file() else path.name or whole.name
    there = path.exists()
    where = f"'{path}'" + ("" if there else " does not exist")
    return Place(name, "", there, where, lambda size: _read_path(path, size))


def _read_path(path: Path, size: Size) -> Found:
    if path.is_dir():
        try:
            return read_folder(path, size)
        except OSError as error:
            raise InputError(f"cannot read '{path}': {error}") from error
    if not path.exists():
        raise InputError(f"'{path}' does not exist")
    if path.suffix != ".npz":
        raise InputError(
            f"'{path}' is neither a folder nor a .npz file: give a folder that holds a "
            "folder of images for each class, or arrays as np.savez writes them"
        )
    return read_npz(path)


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
    place = find(name, data_dir)
    return place.there, place.where
