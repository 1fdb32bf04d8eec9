"""The parts of the networks here: layers, stems, sizes and checks."""

import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import keras
import numpy as np
from keras import layers

from keras_pod.core.checks import integer
from keras_pod.core.errors import InputError

T = TypeVar("T")

# The photographs of every data set here are stored with the colour last, also
# where Keras is told to prefer channels_first.
LAST = {"data_format": "channels_last"}

# How networks begin that fit themselves to small images.
STEMS = ("auto", "3x3", "3x3-pool", "7x7-pool", "original")


class Layers:
    """The convolutions and normalisations of one network, numbered for seeding."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._made = 0

    def conv(self, x, filters: int, size: int, stride: int, name: str):
        """A convolution without bias, padded as PyTorch's padding=size//2."""
        padding = "same"
        if stride > 1:
            # "same" pads an even image at the end only, which shifts the grid.
            padding = "valid"
            if size > 1:
                x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad", **LAST)(x)
        return layers.Conv2D(
            filters,
            size,
            strides=stride,
            padding=padding,
            use_bias=False,
            kernel_initializer=self.he_normal(),
            name=name,
            **LAST,
        )(x)

    def norm(self, x, name: str):
        """Batch normalisation with PyTorch's constants."""
        return layers.BatchNormalization(
            axis=-1, momentum=0.9, epsilon=1e-5, name=name
        )(x)

    def norm_relu(self, x, name: str, number: int | str = ""):
        """Batch normalisation and ReLU: `<name>_bn<number>`, `<name>_relu<number>`."""
        return layers.ReLU(name=f"{name}_relu{number}")(
            self.norm(x, f"{name}_bn{number}")
        )

    def stem(self, x, filters: int, kind: str):
        """The first convolution, of a size that suits the image, and its pooling."""
        if kind not in STEMS:
            raise InputError(f"stem={kind!r} must be one of {', '.join(STEMS)}")
        if kind == "auto":
            kind = by_size(x.shape[1:], {40: "3x3", 64: "3x3-pool"}, "7x7-pool")
        size, stride = (3, 1) if kind.startswith("3x3") else (7, 2)
        x = self.norm_relu(self.conv(x, filters, size, stride, "stem_conv"), "stem")
        if kind == "3x3":
            return x
        # Zeros do for PyTorch's -inf border: nothing is below 0 after a ReLU.
        x = layers.ZeroPadding2D(1, name="stem_pool_pad", **LAST)(x)
        return layers.MaxPooling2D(3, strides=2, name="stem_pool", **LAST)(x)

    def he_normal(self, mode: str = "fan_out") -> keras.initializers.Initializer:
        """He normal; each layer draws from a seed of its own."""
        seed = self._seed
        if seed is not None:
            entropy = np.random.SeedSequence((seed, self._made))
            seed = int(entropy.generate_state(1)[0] >> 1)
        self._made += 1
        return keras.initializers.VarianceScaling(
            2.0, mode, "untruncated_normal", seed=seed
        )


@contextlib.contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Layers that others build meanwhile get the same weights for the same seed.

    Keras takes the seed of an initializer that was given none from Python's
    generator, whose state is put back afterwards.
    """
    state = random.getstate()
    if seed is not None:
        random.seed(seed)
    try:
        yield
    finally:
        if seed is not None:
            random.setstate(state)


def by_size(input_shape: Sequence[int], up_to: Mapping[int, T], larger: T) -> T:
    """The choice for the longer side of an image, in pixels.

    >>> by_size((28, 41, 3), {40: "small", 64: "medium"}, "large")
    'medium'
    """
    longer = max(input_shape[:2])
    return next((up_to[most] for most in sorted(up_to) if longer <= most), larger)


def check_common(input_shape: Any, width: Any, seed: Any) -> None:
    """Raise InputError unless they are an image's shape, a width and a seed."""
    if not (are_counts(input_shape) and len(input_shape) == 3):
        raise InputError(
            f"input_shape={input_shape!r} is not the shape of an image; give "
            "(height, width, channels) without the batch, for example (32, 32, 3)"
        )
    integer("width", width, 1)
    if seed is not None:
        integer("seed, unless it is None,", seed, 0)


def check_side(input_shape: Sequence[int], least: int, name: str) -> None:
    """Raise InputError if a side of the image is shorter than `least`."""
    if min(input_shape[:2]) < least:
        raise InputError(
            f"input_shape={tuple(input_shape)!r} is too small for {name}, which "
            f"needs at least {least} pixels a side; enlarge the images or choose "
            "resnet8, which takes any"
        )


def are_counts(values: Any) -> bool:
    """Tell whether it is a sequence of whole numbers from 1 on."""
    return isinstance(values, Sequence) and all(
        isinstance(value, int) and value >= 1 for value in values
    )
