"""Densely connected networks."""

from collections.abc import Sequence

import keras
from keras import layers

from keras_pod.core.errors import InputError
from keras_pod.models.applications import pretrained, refuse_changes
from keras_pod.models.building import LAST, Layers, check_common, check_side


def densenet121(
    input_shape: Sequence[int],
    width: int = 32,
    stem: str = "auto",
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "densenet121",
) -> keras.Model:
    """DenseNet-121, as the POD paper uses it: 1024 features.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: The growth rate, channels that each layer adds.
        stem: The first convolution, as in `keras_pod.models.small_resnet`.
        seed: Seed of the initial weights; `None` for other weights each time.
        weights: `imagenet`, or a file of weights of
            `keras.applications.DenseNet121` without top, which is then used as
            it is, for images standardised as ImageNet's.
        name: Name of the model.

    Returns:
        A model from images to features of `32 * width`.

    Raises:
        InputError: If an argument is not as above, the image is too small, or
            `width` or `stem` is changed together with `weights`.

    >>> densenet121((32, 32, 3), width=2).output_shape
    (None, 64)
    """
    check_common(input_shape, width, seed)
    if weights is not None:
        stems = ("auto", "7x7-pool", "original")
        refuse_changes(weights, width=(width, (32,)), stem=(stem, stems))
        build = keras.applications.DenseNet121
        return pretrained(build, input_shape, weights, "torch", name)
    make = Layers(seed)
    inputs = keras.Input(tuple(input_shape), name="image")
    x = make.stem(inputs, 2 * width, stem)
    # Three transitions halve what the stem leaves of the image.
    check_side(input_shape, 8 * -(-input_shape[0] // x.shape[1]), name)
    return _dense_blocks(make, inputs, x, (6, 12, 24, 16), width, name)


def densenet_bc(
    input_shape: Sequence[int],
    width: int = 12,
    depth: int = 100,
    seed: int | None = 0,
    name: str = "densenet_bc",
) -> keras.Model:
    """The DenseNet-BC of CIFAR, as the RBF-Softmax paper uses it: 342 features.

    That paper gives k = 12 and no depth; 100 is what its baseline points to.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: The growth rate k, channels that each layer adds.
        depth: L, the number of layers: 4 more than a multiple of 6.
        seed: Seed of the initial weights; `None` for other weights each time.
        name: Name of the model.

    Raises:
        InputError: If an argument is not as above or the image is too small.

    >>> densenet_bc((8, 8, 1), width=4, depth=10).output_shape
    (None, 9)
    """
    check_common(input_shape, width, seed)
    each, rest = divmod(depth - 4, 6)
    if each < 1 or rest:
        raise InputError(
            f"depth={depth!r} must be 4 more than a multiple of 6, for example 100"
        )
    check_side(input_shape, 4, name)
    make = Layers(seed)
    inputs = keras.Input(tuple(input_shape), name="image")
    x = make.conv(inputs, 2 * width, 3, 1, "stem_conv")
    return _dense_blocks(make, inputs, x, (each, each, each), width, name)


def _dense_blocks(
    make: Layers, inputs, x, counts: Sequence[int], growth: int, name: str
) -> keras.Model:
    """Blocks with transitions that halve the image and the channels between them."""
    for block, count in enumerate(counts, 1):
        if block > 1:
            label = f"transition{block - 1}"
            half = x.shape[-1] // 2
            x = make.conv(make.norm_relu(x, label), half, 1, 1, f"{label}_conv")
            x = layers.AveragePooling2D(2, name=f"{label}_pool", **LAST)(x)
        for number in range(1, count + 1):
            x = _dense_layer(make, x, growth, f"block{block}_layer{number}")
    x = make.norm_relu(x, "final")
    features = layers.GlobalAveragePooling2D(name="pool", **LAST)(x)
    return keras.Model(inputs, features, name=name)


def _dense_layer(make: Layers, x, growth: int, name: str):
    """The input with the output of BN-ReLU-1x1-BN-ReLU-3x3 appended."""
    new = make.conv(make.norm_relu(x, name, 1), 4 * growth, 1, 1, f"{name}_conv1")
    new = make.conv(make.norm_relu(new, name, 2), growth, 3, 1, f"{name}_conv2")
    return layers.Concatenate(axis=-1, name=f"{name}_concat")([x, new])
