"""Residual networks for small images, as the papers' PyTorch code builds them."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers

from keras_pod.errors import InputError

# The photographs of every data set here are stored with the colour last, also
# where Keras is told to prefer channels_first.
_LAST = {"data_format": "channels_last"}


class _Layers:
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
                x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad", **_LAST)(x)
        return layers.Conv2D(
            filters,
            size,
            strides=stride,
            padding=padding,
            use_bias=False,
            kernel_initializer=self._initializer(),
            name=name,
            **_LAST,
        )(x)

    def norm(self, x, name: str):
        """Batch normalisation with PyTorch's constants."""
        return layers.BatchNormalization(
            axis=-1, momentum=0.9, epsilon=1e-5, name=name
        )(x)

    def _initializer(self) -> keras.initializers.Initializer:
        """He normal over the outputs; each layer draws from a seed of its own."""
        seed = self._seed
        if seed is not None:
            entropy = np.random.SeedSequence((seed, self._made))
            seed = int(entropy.generate_state(1)[0] >> 1)
        self._made += 1
        return keras.initializers.VarianceScaling(
            2.0, "fan_out", "untruncated_normal", seed=seed
        )


def _basic_block(make: _Layers, x, filters: int, stride: int, name: str):
    """conv-BN-ReLU-conv-BN, plus the input, projected where the shape changes."""
    shortcut = x
    if x.shape[-1] != filters:  # every stage that halves the image doubles these
        shortcut = make.conv(x, filters, 1, stride, f"{name}_shortcut_conv")
        shortcut = make.norm(shortcut, f"{name}_shortcut_bn")
    x = make.conv(x, filters, 3, stride, f"{name}_conv1")
    x = layers.ReLU(name=f"{name}_relu1")(make.norm(x, f"{name}_bn1"))
    x = make.norm(make.conv(x, filters, 3, 1, f"{name}_conv2"), f"{name}_bn2")
    return layers.ReLU(name=f"{name}_relu2")(
        layers.Add(name=f"{name}_add")([x, shortcut])
    )


def small_resnet(
    input_shape: Sequence[int],
    blocks: Sequence[int] = (3, 3, 3),
    width: int = 16,
    stem_pool: bool = False,
    seed: int | None = 0,
    name: str = "small_resnet",
) -> keras.Model:
    """A residual network that ends in pooled features and has no class scores.

    A 3x3 stem at stride 1 is followed by stages of basic blocks; every stage
    after the first halves the image and doubles the width. It is a functional
    `keras.Model` of Keras's own layers, so `keras.models.load_model` reads it
    back without this library. The same `seed` gives the same initial weights,
    bit for bit, whatever was built before.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        blocks: Basic blocks in each stage.
        width: Channels of the first stage.
        stem_pool: Keep the 3x3 max-pooling at stride 2 after the stem, as the
            POD paper does for Tiny ImageNet (its published code does not).
        seed: Seed of the initial weights; `None` for other weights each time.
        name: Name of the model.

    Returns:
        A model from images to features of `width * 2 ** (len(blocks) - 1)`.

    Raises:
        InputError: If a shape, a number of blocks, a width or a seed is not
            a positive whole number (a seed may be 0).

    Example:

    >>> model = small_resnet((8, 8, 1), blocks=(1, 1, 1), width=4)
    >>> model.output_shape
    (None, 16)
    """
    _check_input_shape(input_shape)
    _check_counts(blocks, width, seed)
    make = _Layers(seed)
    inputs = keras.Input(tuple(input_shape), name="image")
    x = make.conv(inputs, width, 3, 1, "stem_conv")
    x = layers.ReLU(name="stem_relu")(make.norm(x, "stem_bn"))
    if stem_pool:
        # Zeros do for PyTorch's -inf border: nothing is below 0 after a ReLU.
        x = layers.ZeroPadding2D(1, name="stem_pool_pad", **_LAST)(x)
        x = layers.MaxPooling2D(3, strides=2, name="stem_pool", **_LAST)(x)
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            label = f"stage{stage + 1}_block{block + 1}"
            x = _basic_block(make, x, width * 2**stage, stride, label)
    features = layers.GlobalAveragePooling2D(name="pool", **_LAST)(x)
    return keras.Model(inputs, features, name=name)


def resnet8(
    input_shape: Sequence[int],
    width: int = 16,
    stem_pool: bool = False,
    seed: int | None = 0,
    name: str = "resnet8",
) -> keras.Model:
    """Three stages of one block: what a machine without an accelerator trains.

    See `small_resnet` for the arguments.

    >>> resnet8((8, 8, 1)).output_shape
    (None, 64)
    """
    return small_resnet(input_shape, (1, 1, 1), width, stem_pool, seed, name)


def resnet20(
    input_shape: Sequence[int],
    width: int = 16,
    stem_pool: bool = False,
    seed: int | None = 0,
    name: str = "resnet20",
) -> keras.Model:
    """The ResNet-20 of CIFAR, its shortcuts projected by 1x1 convolutions.

    See `small_resnet` for the arguments.

    >>> resnet20((32, 32, 3)).output_shape
    (None, 64)
    """
    return small_resnet(input_shape, (3, 3, 3), width, stem_pool, seed, name)


def resnet18(
    input_shape: Sequence[int],
    width: int = 64,
    stem_pool: bool = False,
    seed: int | None = 0,
    name: str = "resnet18",
) -> keras.Model:
    """ResNet-18 with the 3x3 stem that is usual for CIFAR and Tiny ImageNet.

    See `small_resnet` for the arguments.

    >>> resnet18((32, 32, 3), width=4).output_shape
    (None, 32)
    """
    return small_resnet(input_shape, (2, 2, 2, 2), width, stem_pool, seed, name)


def _is_count(value: object, least: int = 1) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and value >= least


def _check_input_shape(shape: object) -> None:
    fine = isinstance(shape, Sequence) and len(shape) == 3
    if not (fine and all(_is_count(size) for size in shape)):
        raise InputError(
            f"input_shape={shape!r} is not the shape of an image; give "
            "(height, width, channels) without the batch, for example (32, 32, 3)"
        )


def _check_counts(blocks: object, width: object, seed: object) -> None:
    fine = isinstance(blocks, Sequence) and len(blocks) > 0
    if not (fine and all(_is_count(count) for count in blocks)):
        raise InputError(
            f"blocks={blocks!r} must hold at least one block for each stage, "
            "for example (3, 3, 3)"
        )
    if not _is_count(width):
        raise InputError(
            f"width={width!r} must be a whole number of channels from 1 on, "
            "for example 16"
        )
    if seed is not None and not _is_count(seed, least=0):
        raise InputError(
            f"seed={seed!r} must be a whole number from 0 on, or None for "
            "different weights each time"
        )
