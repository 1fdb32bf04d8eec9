"""FaceScrub as a TensorFlow Datasets set, from files that a person has fetched."""

import collections
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data.image_files.files import decode_bytes, resize, set_channels
from keras_pod.data.names import Name
from keras_pod.data.readers.how_to_get import how_to_get, manual_folder
from keras_pod.data.sets.facescrub_files import LISTS, Face, find_faces, read_list

SIZE = (64, 64)
FEWEST_IMAGES = 70


class Facescrub(tfds.core.GeneratorBasedBuilder):
    """Faces of 530 actors and actresses, resized to 64x64, in the single split `train`.

    FaceScrub is distributed as lists of addresses, many of which no longer answer, so
    that everyone has other images. What cannot be read is left out and counted.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "All faces that are there."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    make a folder facescrub that holds a folder of faces for each person, in
    actor_faces/NAME/ and actress_faces/NAME/ (or actors/faces/NAME/ and
    actresses/faces/NAME/); or full images in actor_images/NAME/ and
    actress_images/NAME/ (or actors/images/NAME/ and actresses/images/NAME/) with the
    lists facescrub_actors.txt and facescrub_actresses.txt beside them, from which the
    faces are cut. The lists are at http://vintage.winklerbros.net/facescrub.html;
    https://github.com/lightalchemist/FaceScrub fetches the images that they name.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(*SIZE, 3), encoding_format="png"
                    ),
                    # Who is there depends on the files.
                    "label": tfds.features.ClassLabel(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="http://vintage.winklerbros.net/facescrub.html",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator]:
        # The folder may be missing.
        try:
            root = Path(dl_manager.manual_dir) / "facescrub"
        except AssertionError:
            root = manual_folder(self) / "facescrub"
        lists = [root / name for name in LISTS if (root / name).is_file()]
        listed = [line for path in lists for line in read_list(path)]
        faces = find_faces(root, listed) if root.is_dir() else []
        people = sorted({face.person for face in faces})
        if len(people) < 2:
            raise InputError(
                f"'{root}' holds faces of {len(people)} people. "
                f"{how_to_get(self, 'facescrub')}"
            )
        absent = sorted({line.person for line in listed} - set(people))
        if absent:
            warnings.warn(
                f"FaceScrub: {len(absent)} people of the lists have no image in "
                f"'{root}' and are no class, the first: {absent[0]}",
                stacklevel=2,
            )
        self.info.features["label"].names = people
        return {"train": self._examples(faces)}

    def _examples(self, faces: list[Face]) -> Iterator:
        bad: list[str] = []
        for face in faces:
            try:
                image = _face(face)
            except InputError as error:
                bad.append(str(error))
                continue
            yield face.key, {"image": image, "label": face.person}
        if bad:
            warnings.warn(
                f"FaceScrub: {len(bad)} of {len(faces)} faces could not be read and "
                f"are left out, the first: {bad[0]}",
                stacklevel=2,
            )

    def _generate_examples(self) -> Iterator:
        raise NotImplementedError


def _face(face: Face) -> np.ndarray:
    """A face as uint8 (64, 64, 3).

    Raises:
        InputError: if it cannot be read.
    """
    image = set_channels(decode_bytes(face.read(), str(face.path)), 3)
    if face.box is not None:
        left, top, right, bottom = (max(0, edge) for edge in face.box)
        image = image[top:bottom, left:right]
    if 0 in image.shape:
        raise InputError(f"the face at {face.box} is not within '{face.path}'")
    return resize(image, SIZE)


def choose_people(labels: np.ndarray, names: list[str], asked: Name) -> list[int]:
    """The people that are classes: those with 70 images or more, or the first of them.

    In the SBN paper 361 people have that many. With other images in the files the
    number is another, and asking for 361 may be asking for too many. The POD paper
    does not say which 100 it takes: here they are the first 100 of the same people in
    the order of their names.

    Args:
        labels: Of all images (N,).
        names: The name of each label.
        asked: The data set's name, which says how many people.

    Returns:
        Their labels.

    Raises:
        InputError: if there are fewer than wanted.
    """
    counts = collections.Counter(labels.tolist())
    enough = [label for label in range(len(names)) if counts[label] >= FEWEST_IMAGES]
    least = asked.classes or 2
    if len(enough) < least:
        raise InputError(
            f"'{asked.given}' asks for {least} people with {FEWEST_IMAGES} images "
            f"or more each, but the prepared files have {len(enough)} such people; "
            f"fetch more images, or ask for facescrub-{max(len(enough), 2)} or fewer"
        )
    return enough[: asked.first(len(enough))]


def test_share(wanted: int | None) -> float:
    """The share of each person's images that are for testing: those of the papers.

    10 % in the SBN paper; a fifth in the POD paper (3,896 of 19,792), which has 100
    people.
    """
    return 0.2 if wanted == 100 else 0.1
