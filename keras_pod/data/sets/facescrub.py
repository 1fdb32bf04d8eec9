"""FaceScrub: faces of 530 actors and actresses, from a folder for each person."""

from pathlib import Path

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import Arrays, Found
from keras_pod.data.names import Name
from keras_pod.data.readers.folder import list_classes, read_files
from keras_pod.data.splits import hold_out

SIZE = (64, 64)
FEWEST_IMAGES = 70


def faces_folder(data_dir: Path | None) -> Path:
    """Return the folder that FaceScrub is read from: one folder of faces a person."""
    import tensorflow_datasets as tfds

    root = data_dir or Path(tfds.core.constants.DATA_DIR).expanduser()
    return root / "downloads" / "manual" / "facescrub"


def layout(folder: Path) -> str:
    """Say where FaceScrub comes from and how its files are laid out in the folder."""
    return (
        "FaceScrub has to be downloaded by hand: its authors distribute lists of "
        "addresses (http://vintage.winklerbros.net/facescrub.html), and "
        "https://github.com/lightalchemist/FaceScrub fetches the faces that they name. "
        "Put the folders of all people, NAME/*.jpg, of actors and of actresses, into "
        f"'{folder}'"
    )


def read_facescrub(name: Name, folder: Path) -> Found:
    """Read the faces of the people with at least 70 images, resized to 64x64.

    Addresses vanish, so that everyone has other images. In the SBN paper 361 people
    have that many. The POD paper does not say which 100 it takes: here they are the
    first of the same people in the order of their names. For testing are 10 % of each
    person's images, as in the SBN paper; of 100 people a fifth, as in the POD paper
    (3,896 of 19,792).
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'. {layout(folder)}")
    people, files, labels = list_classes(folder, folder)
    enough = np.flatnonzero(np.bincount(labels) >= FEWEST_IMAGES)
    if len(enough) < 2:
        raise InputError(
            f"'{folder}' has {len(enough)} people with {FEWEST_IMAGES} images or more; "
            "fetch more images"
        )
    enough = enough[: name.first(len(enough))]
    names = [people[person] for person in enough]
    chosen = np.isin(labels, enough)
    labels = np.searchsorted(enough, labels[chosen]).astype(np.int32)
    parts = hold_out(labels, 0.2 if name.classes == 100 else 0.1, names)
    images = read_files([files[i] for i in np.flatnonzero(chosen)], folder, SIZE)
    return Found(Arrays.parted(images, labels, parts), names)
