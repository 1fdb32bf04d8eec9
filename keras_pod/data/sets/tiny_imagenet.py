"""Tiny ImageNet as a TensorFlow Datasets set, from its authors' archive."""

import collections
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data.image_files.files import check_inside, decode_bytes, plain_name

_URL = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
_WNID = re.compile(r"n\d{8}", re.ASCII)


class TinyImagenet(tfds.core.GeneratorBasedBuilder):
    """200 classes of ImageNet at 64x64: 100,000 training and 10,000 validation images.

    The labels follow the order of the WordNet numbers, as image folders are read
    elsewhere, not that of wnids.txt. The images called test have no labels and are
    left out.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "As distributed in 2015."}
    NUM_CLASSES = 200
    TRAIN_PER_CLASS = 500
    VAL_PER_CLASS = 50

    # The archive comes without encryption: this is what makes sure that it is whole
    # and the one that others use. It may also lie in TFDS's folder of manual downloads.
    url_infos = {
        _URL: tfds.download.checksums.UrlInfo(
            size=248_100_043,
            checksum="6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821",
            filename="tiny-imagenet-200.zip",
        )
    }

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    # Some of the files are grey: read, they have three channels too.
                    "image": tfds.features.Image(
                        shape=(64, 64, 3), encoding_format="jpeg"
                    ),
                    # Their names are in the archive.
                    "label": tfds.features.ClassLabel(num_classes=self.NUM_CLASSES),
                    "file_name": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="http://cs231n.stanford.edu/",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator]:
        root = Path(dl_manager.download_and_extract(_URL)) / "tiny-imagenet-200"
        wnids = self._wnids(root)
        names = _read_words(root / "words.txt")
        missing = [wnid for wnid in wnids if wnid not in names]
        if missing:
            raise InputError(f"'{root / 'words.txt'}' has no line for {missing[0]}")
        label = self.info.features["label"]
        label.names = [f"{wnid} {names[wnid]}" for wnid in wnids]
        return {
            "train": self._examples(root, self._train(root, wnids)),
            "validation": self._examples(root, self._validation(root, wnids)),
        }

    def _wnids(self, root: Path) -> list[str]:
        wnids = sorted(set(_lines(root / "wnids.txt")))
        bad = [wnid for wnid in wnids if not _WNID.fullmatch(wnid)]
        if bad:
            raise InputError(
                f"'{root / 'wnids.txt'}' holds {bad[0]!r}, which is not a WordNet "
                "number such as n01443537"
            )
        if len(wnids) != self.NUM_CLASSES:
            raise InputError(
                f"'{root / 'wnids.txt'}' names {len(wnids)} classes, not "
                f"{self.NUM_CLASSES}: the archive is not whole"
            )
        return wnids

    def _train(self, root: Path, wnids: list[str]) -> list[tuple[Path, int]]:
        found = []
        for label, wnid in enumerate(wnids):
            folder = root / "train" / wnid / "images"
            files = sorted(folder.glob("*.JPEG"))
            if len(files) != self.TRAIN_PER_CLASS:
                raise InputError(
                    f"'{folder}' holds {len(files)} images, not "
                    f"{self.TRAIN_PER_CLASS}: the archive is not whole"
                )
            found += [(file, label) for file in files]
        return found

    def _validation(self, root: Path, wnids: list[str]) -> list[tuple[Path, int]]:
        listed = root / "val" / "val_annotations.txt"
        labels = {wnid: label for label, wnid in enumerate(wnids)}
        found = []
        for number, line in enumerate(_lines(listed), 1):
            name, wnid = (line.split("\t") + [""])[:2]
            where = f"line {number} of '{listed}'"
            if wnid not in labels:
                raise InputError(f"{where} has no class of wnids.txt: {wnid!r}")
            file = root / "val" / "images" / plain_name(name, where)
            found.append((file, labels[wnid]))
        counts = collections.Counter(label for _, label in found)
        for wnid, label in labels.items():
            if counts[label] != self.VAL_PER_CLASS:
                raise InputError(
                    f"'{listed}' names {counts[label]} images of {wnid}, not "
                    f"{self.VAL_PER_CLASS}: the archive is not whole"
                )
        return found

    def _examples(self, root: Path, files: list[tuple[Path, int]]) -> Iterator:
        for path, label in files:
            check_inside(path, root)
            try:
                data = path.read_bytes()
            except OSError as error:
                raise InputError(f"cannot read '{path}': {error.strerror}") from error
            # The archive's checksum is known: an image that cannot be read means that
            # the files were changed, not that they are of poor quality.
            shape = decode_bytes(data, str(path)).shape
            if shape[:2] != (64, 64):
                raise InputError(
                    f"'{path}' is {shape[0]}x{shape[1]}; all images are 64x64"
                )
            example = {"image": io.BytesIO(data), "label": label}
            yield path.name, example | {"file_name": path.name}

    def _generate_examples(self) -> Iterator:
        raise NotImplementedError


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be read ({error.strerror}): the archive "
            "tiny-imagenet-200.zip is not whole, or another archive"
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read_words(path: Path) -> dict[str, str]:
    """The first word for each WordNet number; several have the same."""
    words = (line.partition("\t") for line in _lines(path))
    return {wnid: synonyms.split(",")[0].strip() for wnid, _, synonyms in words}
