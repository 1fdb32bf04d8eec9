"""Networks of inverted residuals: MobileNetV2 and the EfficientNets."""

from collections.abc import Sequence

import keras
from keras import layers

from keras_pod.models.applications import adapt, pretrained, refuse_changes
from keras_pod.models.building import check_common

_STEMS = ("auto", "original")


def mobilenet_v2(
    input_shape: Sequence[int],
    width: int = 100,
    stem: str = "auto",
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "mobilenet_v2",
) -> keras.Model:
    """MobileNetV2, as the POD paper uses it: 1280 features.

    The layers are those of `keras.applications`, padded and normalised as
    PyTorch's. The paper does not say what it changes for small images; as usual
    for CIFAR, the stem and the first stage that halves the image keep its size.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Per cent of the usual channels: 100 times `alpha` in
            `keras.applications`, which leaves the features at 1280.
        stem: `auto` leaves a last map 8 times smaller than images of up to 40
            pixels, 16 times (only the stem keeps the size) up to 64, and 32 times
            above; `original` 32 times for all.
        seed: Seed of the initial weights; `None` for other weights each time.
        weights: `imagenet`, or a file of weights of
            `keras.applications.MobileNetV2` without top, which is then used as
            it is, for images standardised as ImageNet's.
        name: Name of the model.

    Raises:
        InputError: If an argument is not as above, or weights cannot be loaded.

    >>> mobilenet_v2((32, 32, 3), width=10).output_shape
    (None, 1280)
    """
    check_common(input_shape, width, seed)

    def build(**arguments) -> keras.Model:
        return keras.applications.MobileNetV2(alpha=width / 100, **arguments)

    if weights is not None:
        refuse_changes(weights, stem=(stem, _STEMS))
        return pretrained(build, input_shape, weights, "-1..1", name)
    return adapt(build, input_shape, stem, seed, name)


def efficientnet_b0(
    input_shape: Sequence[int],
    width: int = 100,
    stem: str = "auto",
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "efficientnet_b0",
) -> keras.Model:
    """EfficientNet-B0, as the RBF-Softmax paper uses it: 1280 features.

    The layers are those of `keras.applications`, padded and normalised as
    PyTorch's. The paper trains it on images of 224 pixels (B1 240, B4 380)
    without dropping connections.

    See `mobilenet_v2` for the arguments and errors. `width` makes the features
    fewer too, and cannot be changed together with `weights`, with which the
    network drops connections as that of `keras.applications`.

    >>> efficientnet_b0((32, 32, 3), width=10).output_shape
    (None, 128)
    """
    return _efficientnet("B0", input_shape, width, stem, seed, weights, name)


def efficientnet_b1(
    input_shape: Sequence[int],
    width: int = 100,
    stem: str = "auto",
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "efficientnet_b1",
) -> keras.Model:
    """EfficientNet-B1: 1280 features. See `efficientnet_b0` for the arguments."""
    return _efficientnet("B1", input_shape, width, stem, seed, weights, name)


def efficientnet_b4(
    input_shape: Sequence[int],
    width: int = 100,
    stem: str = "auto",
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "efficientnet_b4",
) -> keras.Model:
    """EfficientNet-B4: 1792 features. See `efficientnet_b0` for the arguments."""
    return _efficientnet("B4", input_shape, width, stem, seed, weights, name)


def _efficientnet(
    kind: str,
    input_shape: Sequence[int],
    width: int,
    stem: str,
    seed: int | None,
    weights: str | None,
    name: str,
) -> keras.Model:
    build = getattr(keras.applications, f"EfficientNet{kind}")
    check_common(input_shape, width, seed)
    if weights is not None:
        refuse_changes(weights, width=(width, (100,)), stem=(stem, _STEMS))
        return pretrained(build, input_shape, weights, "0..255", name)

    def change(layer: keras.layers.Layer, config: dict) -> None:
        if isinstance(layer, layers.Conv2D):
            config["filters"] = _share(layer.filters, width)
        elif isinstance(layer, layers.Reshape):  # It is of the squeezed map.
            config["target_shape"] = (1, 1, _share(layer.target_shape[-1], width))

    return adapt(build, input_shape, stem, seed, name, change)


def _share(filters: int, percent: int) -> int:
    return -(-filters * percent // 100)
