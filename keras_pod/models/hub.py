"""Networks of `keras_hub`, which is installed only where they are wanted."""

import importlib
from collections.abc import Sequence
from types import ModuleType

import keras
import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.models.applications import destandardise, refuse_changes
from keras_pod.models.building import check_common


def preset(
    input_shape: Sequence[int],
    width: int | None = None,
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "keras_hub",
) -> keras.Model:
    """Any image backbone of `keras_hub` with the weights of a preset.

    Its last map is averaged over the image. The pixels are scaled as the preset's own
    image converter says.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Not to be changed: the preset says it.
        seed: Of no effect, since the weights are given.
        weights: The preset, such as `resnet_18_imagenet` where it was downloaded
            before, or the folder of one.
        name: Name of the model.

    Returns:
        A model from images, standardised as ImageNet's, to features.

    Raises:
        InputError: If `keras_hub` is missing, or there is no preset that can be
            loaded, that takes such images and that gives one map of features.

    Example:

    >>> preset((32, 32, 3), weights="resnet_18_imagenet")  # doctest: +SKIP
    <Functional name=keras_hub, built=True>
    """
    check_common(input_shape, 1, seed)
    if weights is None:
        raise InputError(
            "backbone 'keras_hub' has no weights; name a preset, for example "
            "weights='resnet_18_imagenet', or the folder of one"
        )
    refuse_changes(weights, width=(width, (None,)))
    hub = keras_hub(name)
    network = from_preset(hub.models.Backbone, weights, input_shape)
    inputs = keras.Input(tuple(input_shape), name="image")
    features = network(_pixels(hub, weights, inputs))
    rank = len(getattr(features, "shape", ()))
    if rank not in (3, 4):
        raise InputError(
            f"weights={weights!r} has no map of features for a classifier: it gives "
            f"{features}"
        )
    features = keras.ops.mean(features, axis=tuple(range(1, rank - 1)))
    return keras.Model(inputs, features, name=name)


def _pixels(hub: ModuleType, weights: str, x: keras.KerasTensor) -> keras.KerasTensor:
    """The pixels as the preset wants them, from standardised ones."""
    try:
        converter = hub.layers.ImageConverter.from_preset(weights)
    except (ValueError, FileNotFoundError):  # a backbone that was saved alone
        return x
    scale = 1.0 if converter.scale is None else np.asarray(converter.scale)
    offset = 0.0 if converter.offset is None else np.asarray(converter.offset)
    x = destandardise(x, "0..255")
    return keras.layers.Rescaling(
        np.broadcast_to(scale, 3).tolist(), np.broadcast_to(offset, 3).tolist()
    )(x)


def keras_hub(name: str) -> ModuleType:
    """The library, for the backbone of that name."""
    try:
        return importlib.import_module("keras_hub")
    except ImportError as error:
        raise InputError(
            f"{name} comes from keras-hub, which cannot be imported ({error}); "
            "install it with: pip install keras-pod[hub]"
        ) from error


def from_preset(
    build: type[keras.Model], weights: str, input_shape: Sequence[int]
) -> keras.Model:
    """A network with the weights of a preset, from its own loader."""
    try:
        network = build.from_preset(weights)
    except Exception as error:  # a failed download raises its library's own
        raise InputError(f"weights={weights!r} cannot be loaded: {error}") from error
    # Not every backbone has an `image_shape`.
    size = getattr(network, "image_shape", None) or network.input_shape
    size = tuple(size)[-3:] if isinstance(size, list | tuple) else ()
    if len(size) < 3:
        raise InputError(f"weights={weights!r} are not those of a network for images")
    sides = zip(size, input_shape, strict=True)
    if any(side not in (None, given) for side, given in sides):
        raise InputError(
            f"weights={weights!r} are for images of {size}, not of "
            f"{tuple(input_shape)}; bring the images to that shape"
        )
    return network
