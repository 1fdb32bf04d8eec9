"""The files of FaceScrub as a person has downloaded them: lists, faces, images."""

import collections
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from keras_pod.core.errors import InputError
from keras_pod.data.image_files.files import check_inside, is_image_name, plain_name

LISTS = ("facescrub_actors.txt", "facescrub_actresses.txt")

# Of people's folders: as this package asks for them, and as the script of the data
# set's first author writes them.
_FACES = ("actor_faces", "actress_faces", "actors/faces", "actresses/faces")
_IMAGES = ("actor_images", "actress_images", "actors/images", "actresses/images")

_IMAGE_ID = re.compile(r"(?:^|.*\D)(\d+)", re.ASCII)


class Listed(NamedTuple):
    """A line of the lists: a face in an image.

    Args:
        person: Name with spaces.
        image_id: Number of the image.
        face_id: Number of the face.
        box: (left, top, right, bottom) of the face, in pixels.
        sha256: Of the image's file.
    """

    person: str
    image_id: int
    face_id: int
    box: tuple[int, int, int, int]
    sha256: str


class Face(NamedTuple):
    """A face in a file.

    Args:
        key: Unique, and the same on every machine.
        person: Whose.
        path: The image's file.
        box: Where in it; None if the file is the face.
        sha256: Of the file; "" if not known.
    """

    key: str
    person: str
    path: Path
    box: tuple[int, int, int, int] | None = None
    sha256: str = ""

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            InputError: if it cannot be read or is another file than listed: sites
                answer for images that are gone with a picture that says so.
        """
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read '{self.path}': {error.strerror}") from error
        if self.sha256 and hashlib.sha256(data).hexdigest() != self.sha256:
            raise InputError(f"'{self.path}' is not the image that the lists name")
        return data


def read_list(path: Path) -> list[Listed]:
    """One of the two lists: name, image_id, face_id, url, bbox, sha256.

    Raises:
        InputError: if a line is not like this; the message has its number.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from error
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("name\t"):
            continue
        where = f"line {number} of '{path}'"
        fields = line.rstrip("\r\n").split("\t")
        try:
            name, image_id, face_id, _, box, sha256 = fields
            left, top, right, bottom = map(int, box.split(","))
            ids = int(image_id), int(face_id)
        except ValueError:
            raise InputError(
                f"{where} is not name, image_id, face_id, url, bbox (x1,y1,x2,y2) and "
                "sha256, parted by tabs"
            ) from None
        person = _person(plain_name(name, where))
        box = left, top, right, bottom
        found.append(Listed(person, *ids, box, sha256.strip().lower()))
    return found


def _person(folder: str) -> str:
    return folder.replace("_", " ")


def _people(root: Path, folders: tuple[str, ...]) -> dict[str, list[Path]]:
    """The image files of each person."""
    files = collections.defaultdict(list)
    for folder in folders:
        if not (root / folder).is_dir():
            continue
        for person in sorted((root / folder).iterdir()):
            if not person.is_dir() or person.name.startswith("."):
                continue
            check_inside(person, root)
            for path in sorted(person.iterdir()):
                if is_image_name(path):
                    check_inside(path, root)
                    files[_person(person.name)].append(path)
    return files


def find_faces(root: Path, listed: list[Listed]) -> list[Face]:
    """The faces that are in a folder.

    Of a person with a folder of faces these are taken, otherwise the listed parts of
    full images. The name of a full image ends with its image_id, as in
    Aaron_Eckhart_1.jpeg, or is its sha256.

    Args:
        root: The folder; layouts as in `Facescrub`.
        listed: What the lists hold; without them only folders of faces are of use.

    Raises:
        InputError: if a link leads out of the folder.
    """
    faces = _people(root, _FACES)
    found = [
        Face(path.relative_to(root).as_posix(), person, path)
        for person, paths in faces.items()
        for path in paths
    ]
    images = {
        (person, name): path
        for person, paths in _people(root, _IMAGES).items()
        for path in paths
        for name in _image_names(path)
    }
    # Some lines may be there twice.
    for line in dict.fromkeys(listed):
        if line.person in faces:
            continue
        path = images.get((line.person, line.sha256))
        path = path or images.get((line.person, str(line.image_id)))
        if path is not None:
            key = f"{line.person}/{line.image_id}_{line.face_id}"
            found.append(Face(key, line.person, path, line.box, line.sha256))
    return found


def _image_names(path: Path) -> list[str]:
    """What a full image may be called in the lists."""
    number = _IMAGE_ID.fullmatch(path.stem)
    ids = [str(int(number[1]))] if number else []
    return [path.stem.lower(), *ids]
