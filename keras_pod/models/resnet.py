"""Residual networks, as the papers' PyTorch code builds them."""

from collections.abc import Sequence

import keras
from keras import layers

from keras_pod.core.errors import InputError
from keras_pod.models.building import LAST, Layers, are_counts, check_common


def _block(make: Layers, x, filters: int, stride: int, name: str, bottleneck: bool):
    """Convolutions with batch normalisation and ReLU, plus the input.

    Two of 3x3, or 1x1, 3x3 (with the stride, as in PyTorch) and 1x1 to four times the
    filters. The input is projected where the shape changes.
    """
    convolutions = [(filters, 3, stride), (filters, 3, 1)]
    if bottleneck:
        convolutions = [(filters, 1, 1), (filters, 3, stride), (4 * filters, 1, 1)]
    shortcut = x
    if x.shape[-1] != convolutions[-1][0]:  # Stages double the width.
        shortcut = make.conv(x, convolutions[-1][0], 1, stride, f"{name}_shortcut_conv")
        shortcut = make.norm(shortcut, f"{name}_shortcut_bn")
    for number, (count, size, step) in enumerate(convolutions, 1):
        if number > 1:
            x = layers.ReLU(name=f"{name}_relu{number - 1}")(x)
        x = make.conv(x, count, size, step, f"{name}_conv{number}")
        x = make.norm(x, f"{name}_bn{number}")
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu{len(convolutions)}")(x)


def small_resnet(
    input_shape: Sequence[int],
    blocks: Sequence[int] = (3, 3, 3),
    width: int = 16,
    stem: str = "3x3",
    seed: int | None = 0,
    name: str = "small_resnet",
    bottleneck: bool = False,
) -> keras.Model:
    """A residual network that ends in pooled features and has no class scores.

    A stem is followed by stages of blocks; every stage after the first halves
    the image and doubles the width. It is a functional `keras.Model` of Keras's
    own layers, so `keras.models.load_model` reads it back without this library.
    The same `seed` gives the same initial weights, bit for bit, whatever was
    built before.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        blocks: Blocks in each stage.
        width: Channels of the first stage.
        stem: The first convolution: `3x3` at stride 1, `3x3-pool` with the 3x3
            max-pooling at stride 2 after it, as the POD paper does for Tiny
            ImageNet (its published code does not pool), or `7x7-pool` at
            stride 2 with the same pooling, the `original` for ImageNet. `auto` is
            `3x3` for images of up to 40 pixels, `3x3-pool` up to 64 and
            `7x7-pool` above.
        seed: Seed of the initial weights; `None` for other weights each time.
        name: Name of the model.
        bottleneck: Blocks of three convolutions with four times the channels
            at their end, in place of two convolutions.

    Returns:
        A model from images to features of `width * 2 ** (len(blocks) - 1)`,
        four times as many with `bottleneck`.

    Raises:
        InputError: If a shape, a number of blocks, a width or a seed is not
            a positive whole number (a seed may be 0), or the stem is not known.

    >>> model = small_resnet((8, 8, 1), blocks=(1, 1, 1), width=4)
    >>> model.output_shape
    (None, 16)
    """
    check_common(input_shape, width, seed)
    if not (are_counts(blocks) and blocks):
        raise InputError(
            f"blocks={blocks!r} must hold at least one block for each stage, "
            "for example (3, 3, 3)"
        )
    make = Layers(seed)
    inputs = keras.Input(tuple(input_shape), name="image")
    x = make.stem(inputs, width, stem)
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            label = f"stage{stage + 1}_block{block + 1}"
            x = _block(make, x, width * 2**stage, stride, label, bottleneck)
    features = layers.GlobalAveragePooling2D(name="pool", **LAST)(x)
    return keras.Model(inputs, features, name=name)


def resnet8(
    input_shape: Sequence[int],
    width: int = 16,
    stem: str = "3x3",
    seed: int | None = 0,
    name: str = "resnet8",
) -> keras.Model:
    """Three stages of one block: what a machine without an accelerator trains.

    See `small_resnet` for the arguments.

    >>> resnet8((8, 8, 1)).output_shape
    (None, 64)
    """
    return small_resnet(input_shape, (1, 1, 1), width, stem, seed, name)


def resnet20(
    input_shape: Sequence[int],
    width: int = 16,
    stem: str = "3x3",
    seed: int | None = 0,
    name: str = "resnet20",
) -> keras.Model:
    """The ResNet-20 of CIFAR, its shortcuts projected by 1x1 convolutions.

    See `small_resnet` for the arguments.

    >>> resnet20((32, 32, 3)).output_shape
    (None, 64)
    """
    return small_resnet(input_shape, (3, 3, 3), width, stem, seed, name)


def resnet18(
    input_shape: Sequence[int],
    width: int = 64,
    stem: str = "auto",
    seed: int | None = 0,
    name: str = "resnet18",
) -> keras.Model:
    """ResNet-18, its stem as usual for the size of the images.

    See `small_resnet` for the arguments.

    >>> resnet18((32, 32, 3), width=4).output_shape
    (None, 32)
    """
    return small_resnet(input_shape, (2, 2, 2, 2), width, stem, seed, name)


def resnet50(
    input_shape: Sequence[int],
    width: int = 64,
    stem: str = "auto",
    seed: int | None = 0,
    name: str = "resnet50",
) -> keras.Model:
    """ResNet-50, the network of the POD paper: 2048 features.

    See `small_resnet` for the arguments.

    >>> resnet50((32, 32, 3), width=2).output_shape
    (None, 64)
    """
    return small_resnet(
        input_shape, (3, 4, 6, 3), width, stem, seed, name, bottleneck=True
    )
