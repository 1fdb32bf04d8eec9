"""Sets for TensorFlow Datasets that generate themselves, without network."""

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

CLASSES = 4


def photo(value: int, height: int = 60, width: int = 80, png: bool = False) -> bytes:
    """A plain image file: `value` in red and green, the width in blue."""
    image = np.full((height, width, 3), value, np.uint8)
    image[..., 2] = width
    encode = tf.io.encode_png if png else tf.io.encode_jpeg
    return encode(image).numpy()


class _Set(tfds.core.GeneratorBasedBuilder):
    """Each image i of a split has the class i % 2, and i as its value."""

    VERSION = tfds.core.Version("1.0.0")
    IMAGE = tfds.features.Image(shape=(6, 5, 3))
    LABEL = tfds.features.ClassLabel(names=["cat", "dog"])
    SPLITS = {"train": 40, "test": 12}

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {"image": self.IMAGE, "label": self.LABEL}
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {split: self._examples(split) for split in self.SPLITS}

    def _examples(self, split):
        for i in range(self.SPLITS[split]):
            yield i, self.example(i, split)

    def example(self, i, split):
        return {"image": np.full((6, 5, 3), i, np.uint8), "label": i % 2}

    def _generate_examples(self):
        raise NotImplementedError


class PodTiny(_Set):
    pass


class PodTinyTrainOnly(_Set):
    SPLITS = {"train": 20}


class PodTinyNoTrain(_Set):
    SPLITS = {"test": 10}


class PodTinyUnlabelled(_Set):
    def example(self, i, split):
        return super().example(i, split) | ({"label": -1} if split == "test" else {})


class PodPhotos(_Set):
    """Image i has the class i % 4 and the value 2 * i, or 2 * i + 1 outside `train`.

    The test split is not labelled.
    """

    IMAGE = tfds.features.Image()
    LABEL = tfds.features.ClassLabel(num_classes=CLASSES)
    SPLITS = {"train": 48, "test": 3, "validation": 10}

    def example(self, i, split):
        value = 2 * i + (split != "train")
        data = photo(value, 50 + i % 3, 60 + i % 7, png=i % 5 == 0)
        return {"image": data, "label": -1 if split == "test" else i % CLASSES}


class PodPhotosTrainOnly(PodPhotos):
    SPLITS = {"train": 20}
