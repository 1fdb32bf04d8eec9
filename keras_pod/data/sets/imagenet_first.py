"""The first classes of ImageNet as a data set of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds
from tensorflow_datasets.datasets.imagenet2012 import (
    imagenet2012_dataset_builder,
    imagenet_common,
)


class ImagenetFirst(imagenet2012_dataset_builder.Builder):
    """The first K classes of ImageNet 2012 in the order of their WordNet numbers.

    `imagenet_first/100` has the first 100. Reading them from the whole set would mean
    to read all of its 140 GB in every epoch.
    """

    VERSION = tfds.core.Version("1.0.0")
    SUPPORTED_VERSIONS: list[tfds.core.Version] = []
    RELEASE_NOTES = {"1.0.0": "As imagenet2012 5.1.0."}
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name=str(k), description=f"The first {k} classes.")
        for k in range(2, 1000)
    ]

    @property
    def _classes(self) -> list[str]:
        """WordNet numbers such as n01440764."""
        names = Path(imagenet_common.label_names_file()).read_text().split()
        return names[: int(self.builder_config.name)]

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(encoding_format="jpeg"),
                    "label": tfds.features.ClassLabel(names=self._classes),
                    "file_name": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://image-net.org/",
        )

    def _split_generators(self, dl_manager: Any) -> Any:
        found = super()._split_generators(dl_manager)
        # The test images, if their archive is there too, have no labels.
        return [split for split in found if split.name != "test"]

    def _generate_examples(self, archive: Any, **labels: Any) -> Iterator:
        """Read an archive; the one of training images holds one for each class."""
        classes = set(self._classes)
        if not labels:
            archive = (inner for inner in archive if Path(inner[0]).stem in classes)
        for key, example in super()._generate_examples(archive, **labels):
            if example["label"] in classes:
                yield key, example
