"""Networks of `keras_hub`, which is installed only where they are wanted."""

import importlib
from collections.abc import Sequence
from types import ModuleType

import keras

from keras_pod.core.errors import InputError


def keras_hub(name: str) -> ModuleType:
    """The library, for the backbone of that name.

    Raises:
        InputError: If it is not installed.
    """
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
    """A network with the weights of a preset, from its own loader.

    Raises:
        InputError: If it cannot be loaded or is made for other images.
    """
    try:
        network = build.from_preset(weights)
    except (ValueError, OSError) as error:
        raise InputError(f"weights={weights!r} cannot be loaded: {error}") from error
    if tuple(network.image_shape) != tuple(input_shape):
        raise InputError(
            f"weights={weights!r} are for images of {tuple(network.image_shape)}, "
            f"not of {tuple(input_shape)}; resize the images"
        )
    return network
