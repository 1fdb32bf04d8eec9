"""Sets for TensorFlow Datasets that generate themselves, without network."""

import io

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


class PodPhotos(tfds.core.GeneratorBasedBuilder):
    """Image i has the class i % 4 and the value 2 * i, or 2 * i + 1 outside `train`.

    The test split is not labelled.
    """

    VERSION = tfds.core.Version("1.0.0")
    SPLITS = {"train": 48, "test": 3, "validation": 10}

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(),
                    "label": tfds.features.ClassLabel(num_classes=CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {name: self._examples(name) for name in self.SPLITS}

    def _examples(self, split):
        for i in range(self.SPLITS[split]):
            label = -1 if split == "test" else i % CLASSES
            value = 2 * i + (split != "train")
            data = photo(value, 50 + i % 3, 60 + i % 7, png=i % 5 == 0)
            yield i, {"image": io.BytesIO(data), "label": label}

    def _generate_examples(self):
        raise NotImplementedError


class PodPhotosTrainOnly(PodPhotos):
    SPLITS = {"train": 20}


class _Tiny(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")
    SHAPE = (6, 5, 3)
    SPLITS = {"train": 40, "test": 12}
    LABEL = tfds.features.ClassLabel(names=["cat", "dog"])
    SUPERVISED = ("image", "label")

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {"image": tfds.features.Image(shape=self.SHAPE), "label": self.LABEL}
            ),
            supervised_keys=self.SUPERVISED,
        )

    def _split_generators(self, dl_manager):
        return {s: self._examples(n) for s, n in self.SPLITS.items()}

    def _examples(self, count):
        shape = [n or 4 for n in self.SHAPE]
        for i in range(count):
            yield i, {"image": np.full(shape, i, np.uint8), "label": i % 2}

    def _generate_examples(self):
        raise NotImplementedError


class PodTiny(_Tiny):
    pass


class PodTinyValidation(_Tiny):
    SPLITS = {"train": 20, "validation": 10}


class PodTinyTrainOnly(_Tiny):
    SPLITS = {"train": 20}


class PodTinyVaried(_Tiny):
    SHAPE = (None, None, 3)


class PodTinyNoTrain(_Tiny):
    SPLITS = {"test": 10}


class PodTinyUnsupervised(_Tiny):
    SUPERVISED = None


class PodTinyOffline(_Tiny):
    def _split_generators(self, dl_manager):
        # .invalid never resolves, with or without network.
        dl_manager.download("https://host.invalid/images.zip")
        raise AssertionError("unreachable")


class PodTinyUnlabelled(_Tiny):
    def _examples(self, count):
        for i, example in super()._examples(count):
            yield i, example | ({"label": -1} if count == 12 else {})
