"""Networks of `keras.applications`, with their weights or changed to fit."""

from collections.abc import Callable, Sequence

import keras
from keras import layers

from keras_pod.core.errors import InputError
from keras_pod.models.building import LAST, by_size, seeded

# Mean and deviation of the pixels, 0..1, in ImageNet's pictures.
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)

# Scale and offset from 0..1 of the pixels that a network was trained on; "torch" is
# what keras.applications calls the standardised ones.
_PIXELS = {"0..255": (255.0, 0.0), "-1..1": (2.0, -1.0)}

_CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D)
_LEFT_OUT = (layers.Rescaling, layers.Normalization, layers.Dropout)


def pretrained(
    build: Callable[..., keras.Model],
    input_shape: Sequence[int],
    weights: str,
    pixels: str,
    name: str,
) -> keras.Model:
    """A network of `keras.applications` as it is, with its weights or a file of them.

    As all backbones it takes standardised pixels; `pixels` says what it was trained on.
    """
    try:
        network = _with_colour_last(
            build,
            include_top=False,
            weights=weights,
            input_shape=tuple(input_shape),
            pooling="avg",
        )
    except Exception as error:  # A failed download raises just that.
        raise InputError(f"weights={weights!r} cannot be loaded: {error}") from error
    inputs = keras.Input(tuple(input_shape), name="image")
    return keras.Model(inputs, network(destandardise(inputs, pixels)), name=name)


def destandardise(x, pixels: str):
    """Pixels standardised by ImageNet's mean and deviation, as a network wants them."""
    if pixels == "torch":
        return x
    factor, shift = _PIXELS[pixels]
    return layers.Rescaling(
        scale=[factor * std for std in _STD],
        offset=[factor * mean + shift for mean in _MEAN],
        name="pixels",
    )(x)


def refuse_changes(weights: str, **given: tuple[object, tuple]) -> None:
    """Raise InputError for a value that the weights do not allow, with its name."""
    for name, (value, allowed) in given.items():
        if value not in allowed:
            raise InputError(
                f"{name}={value!r} cannot be had with weights={weights!r}; leave "
                "one of them out"
            )


def adapt(
    build: Callable[..., keras.Model],
    input_shape: Sequence[int],
    stem: str,
    seed: int | None,
    name: str,
    change: Callable[[keras.layers.Layer, dict], None] = lambda layer, config: None,
) -> keras.Model:
    """A copy of a network of `keras.applications` that fits small images.

    In the copy, convolutions with a stride pad on both sides as PyTorch's do,
    normalisation has PyTorch's constants, the pixels are taken as they come, no
    connections are dropped, and the first strides are 1 where the image would become
    too small. `change` alters a layer's configuration further, in place.
    """
    if stem not in ("auto", "original"):
        raise InputError(f"stem={stem!r} of {name} must be auto or original")
    too_much = by_size(input_shape, {40: 4, 64: 2}, 1) if stem == "auto" else 1
    inputs = keras.Input(tuple(input_shape), name="image")
    with seeded(seed):
        # Without a size it is built for small images too.
        network = _with_colour_last(
            build,
            include_top=False,
            weights=None,
            input_shape=(None, None, input_shape[-1]),
            pooling="avg",
        )
        copy = _Copy(too_much, change)
        features = keras.models.clone_model(
            network, inputs, copy.layer, copy.call
        ).output
    return keras.Model(inputs, features, name=name)


class _Copy:
    """Copies and calls the layers of a network, with the changes of `adapt`."""

    def __init__(self, too_much: int, change: Callable) -> None:
        self._too_much = too_much
        self._change = change
        self._to_pad: set[str] = set()

    def layer(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, _LEFT_OUT):
            return layer
        config = layer.get_config()
        if isinstance(layer, layers.BatchNormalization):
            config.update(momentum=0.9, epsilon=1e-5)
        elif isinstance(layer, layers.ZeroPadding2D):
            # One less before than after, as TensorFlow pads, becomes the same.
            (_, rows), (_, columns) = layer.padding
            config["padding"] = (rows, columns)
        elif isinstance(layer, _CONVOLUTIONS) and max(layer.strides) > 1:
            if self._too_much > 1:
                self._too_much //= 2
                config["strides"] = 1
            elif layer.padding == "same":
                self._to_pad.add(layer.name)
                config["padding"] = "valid"
        self._change(layer, config)
        return type(layer).from_config(config)

    def call(self, layer: keras.layers.Layer, x, **arguments):
        if isinstance(layer, _LEFT_OUT):
            return x
        if layer.name in self._to_pad:
            size = layer.kernel_size[0] // 2
            x = layers.ZeroPadding2D(size, name=f"{layer.name}_pad", **LAST)(x)
        return layer(x, **arguments)


def _with_colour_last(build: Callable, **arguments) -> keras.Model:
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        return build(**arguments)
    finally:
        keras.config.set_image_data_format(before)
