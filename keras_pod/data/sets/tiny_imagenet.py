"""Tiny ImageNet as a TensorFlow Datasets set, from its authors' archive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

_URL = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"


class TinyImagenet(tfds.core.GeneratorBasedBuilder):
    """200 classes of ImageNet at 64x64: 100,000 training and 10,000 validation images.

    The labels follow the order of the WordNet numbers, as image folders are read
    elsewhere, not that of wnids.txt. The images called test have no labels and are
    left out.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "As distributed in 2015."}
    NUM_CLASSES = 200

    # The archive comes without encryption: TFDS refuses any other by its checksum. It
    # may also lie in TFDS's folder of manual downloads.
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
        wnids = sorted(_lines(root / "wnids.txt"))
        words = (line.partition("\t") for line in _lines(root / "words.txt"))
        # A class is called by its number and the first of its words, as some classes
        # have the same word.
        names = {wnid: synonyms.split(",")[0].strip() for wnid, _, synonyms in words}
        self.info.features["label"].names = [f"{wnid} {names[wnid]}" for wnid in wnids]
        labels = {wnid: label for label, wnid in enumerate(wnids)}
        train = root / "train"
        trained = [(f, labels[w]) for w in wnids for f in (train / w).rglob("*.JPEG")]
        listed = (line.split("\t") for line in _lines(root / "val/val_annotations.txt"))
        tested = [
            (root / "val/images" / name, labels[wnid]) for name, wnid, *_ in listed
        ]
        return {"train": _examples(trained), "validation": _examples(tested)}

    def _generate_examples(self) -> Iterator:
        raise NotImplementedError


def _examples(files: list[tuple[Path, int]]) -> Iterator:
    for path, label in files:
        yield path.name, {"image": path, "label": label, "file_name": path.name}


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line]
