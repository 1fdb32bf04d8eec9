"""The first classes of ImageNet as a data set of their own."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds
from tensorflow_datasets.datasets.imagenet2012 import imagenet_common

from keras_pod.core.errors import InputError
from keras_pod.data.readers.how_to_get import (
    IMAGENET,
    data_root,
    how_to_get,
    manual_folder,
)

_SPLITS = ("train", "validation")


class ImagenetFirst(tfds.core.GeneratorBasedBuilder):
    """The first K classes of ImageNet 2012 in the order of their WordNet numbers.

    `imagenet_first/100` has the first 100. Reading them from the whole set would mean
    to read all of its 140 GB in every epoch.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "As imagenet2012 5.1.0."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar (144 GB) of "Training images
    (Task 1 & 2)" and "Validation images (all tasks)" from
    https://image-net.org/download-images, which asks to register. Not needed if
    TensorFlow Datasets has prepared imagenet2012 in the same data_dir.
    """
    VALIDATION_IMAGES = 50_000
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

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator]:
        # The manual folder may be missing: the prepared set is enough.
        try:
            folder = Path(dl_manager.manual_dir)
        except AssertionError:
            folder = manual_folder(self)
        archives = [folder / name for name in IMAGENET]
        if all(path.is_file() for path in archives):
            return {
                "train": self._train(dl_manager, archives[0]),
                "validation": self._validation(dl_manager, archives[1]),
            }
        whole = tfds.builder("imagenet2012", data_dir=data_root(self), try_gcs=False)
        if all(split in whole.info.splits for split in _SPLITS):
            return {split: self._prepared(whole, split) for split in _SPLITS}
        name = f"imagenet-{self.builder_config.name}"
        raise InputError(
            f"data set '{name}' is not in '{self.data_dir}'. {how_to_get(self, name)}"
        )

    def _train(self, dl_manager: Any, archive: Path) -> Iterator:
        """Read the archive, which holds one archive for each class."""
        left = set(self._classes)
        for name, inner in dl_manager.iter_archive(archive):
            label = Path(name).stem
            if label not in left:
                continue
            left.remove(label)
            method = tfds.download.ExtractMethod.TAR_STREAM
            for file_name, file in tfds.download.iter_archive(inner, method):
                yield self._example(file_name, file.read(), label)
        if left:
            raise InputError(
                f"'{archive}' has no images of {len(left)} classes ({sorted(left)[0]}"
                "...): it is not whole, or another archive"
            )

    def _validation(self, dl_manager: Any, archive: Path) -> Iterator:
        labels = imagenet_common.get_validation_labels(str(archive))
        if len(labels) != self.VALIDATION_IMAGES:
            # Their labels go by their place among all of them.
            raise InputError(
                f"'{archive}' holds {len(labels)} images, not "
                f"{self.VALIDATION_IMAGES}: it is not whole, or another archive"
            )
        wanted = set(self._classes)
        for file_name, file in dl_manager.iter_archive(archive):
            if labels[file_name] in wanted:
                yield self._example(file_name, file.read(), labels[file_name])

    def _prepared(self, whole: tfds.core.DatasetBuilder, split: str) -> Iterator:
        """Read the whole set, whose class numbers are the same."""
        decoders = {"image": tfds.decode.SkipDecoding()}
        images = whole.as_dataset(split=split, decoders=decoders)
        chosen = images.filter(lambda example: example["label"] < len(self._classes))
        for example in chosen.as_numpy_iterator():
            name = example["file_name"].decode()
            yield self._example(name, example["image"], int(example["label"]))

    def _example(
        self, file_name: str, image: bytes, label: str | int
    ) -> tuple[str, dict[str, Any]]:
        example = {"image": io.BytesIO(image), "label": label, "file_name": file_name}
        return file_name, example

    def _generate_examples(self) -> Iterator:
        raise NotImplementedError
