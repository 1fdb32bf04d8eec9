"""Networks of `keras_hub`, which is installed only where they are wanted."""

import importlib
from collections.abc import Sequence
from types import ModuleType

import keras
import numpy as np
from keras import layers

from keras_pod.core.errors import InputError
from keras_pod.models.applications import destandardise, refuse_changes
from keras_pod.models.building import by_size, check_common, seeded

_VIT = {"imagenet21k": "vit_base_patch16_224_imagenet21k"}
_SWIN = {"imagenet": "swin_base_patch4_window7_224"}


def vit_b16(
    input_shape: Sequence[int],
    width: int = 768,
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "vit_b16",
) -> keras.Model:
    """ViT-B/16 of `keras_hub`, as the POD paper uses it: 768 features.

    The features are the class token after the last normalisation. The paper
    resizes images to 224 pixels and starts from weights of ImageNet-21k. Patches
    have a side of 2 pixels for images of up to 16 pixels, 4 up to 40, 8 up to 64 and
    16 above.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Size of a token. There is one block, and one attention head in
            each, for each 64 of it, but at least two blocks and one head.
        seed: Seed of the initial weights; `None` for other weights each time.
        weights: `imagenet21k`, or another preset of `keras_hub` or a folder of
            one, which is then used as it is, for images standardised as
            ImageNet's.
        name: Name of the model.

    Returns:
        A model from images to features of `width`.

    Raises:
        InputError: If an argument is not as above, the images cannot be cut into
            patches, `keras_hub` is missing, or the weights are for other images.

    >>> vit_b16((32, 32, 3), width=16).output_shape  # doctest: +SKIP
    (None, 16)
    >>> vit_b16((300, 300, 3))
    Traceback (most recent call last):
    keras_pod.core.errors.InputError: input_shape=(300, 300, 3) cannot be cut into \
patches of 16 pixels; resize the images to a multiple of it
    """
    check_common(input_shape, width, seed)
    x = inputs = keras.Input(tuple(input_shape), name="image")
    if weights is not None:
        refuse_changes(weights, width=(width, (768,)))
        build = keras_hub(name).models.ViTBackbone
        network = from_preset(build, _VIT.get(weights, weights), input_shape)
        x = destandardise(x, "-1..1")
    else:
        patch_size = by_size(input_shape, {16: 2, 40: 4, 64: 8}, 16)
        if any(side % patch_size for side in input_shape[:2]):
            raise InputError(
                f"input_shape={tuple(input_shape)!r} cannot be cut into patches of "
                f"{patch_size} pixels; resize the images to a multiple of it"
            )
        heads = max(1, width // 64)
        build = keras_hub(name).models.ViTBackbone
        with seeded(seed):
            network = build(
                image_shape=tuple(input_shape),
                patch_size=patch_size,
                num_layers=max(2, heads),
                num_heads=heads,
                hidden_dim=width,
                mlp_dim=4 * width,
                name="vit",
            )
    return keras.Model(inputs, network(x)[:, 0], name=name)


def swin_b(
    input_shape: Sequence[int],
    width: int = 128,
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "swin_b",
) -> keras.Model:
    """Swin-B of `keras_hub`, as the POD paper uses it: 1024 features.

    The features are the mean of the last map after the last normalisation. The
    paper resizes images to 224 pixels: patches of 4 pixels, four stages and
    windows of 7 patches. Smaller images get patches of 2 pixels (up to 40
    pixels) or 1 (up to 16), and as many stages, from two to four, as leave a
    last map of 4 to 12 patches a side, which is then the size of the windows.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Size of a token in the first stage. There is one attention head
            for each 32 of a stage's tokens, and the 18 blocks of the third
            stage become fewer in proportion below 128.
        seed: Seed of the initial weights; `None` for other weights each time.
        weights: `imagenet`, or another preset of `keras_hub` or a folder of
            one, which is then used as it is, for images standardised as
            ImageNet's.
        name: Name of the model.

    Returns:
        A model from images to features of `width * 2 ** (stages - 1)`.

    Raises:
        InputError: If an argument is not as above, the images cannot be cut into
            windows, `keras_hub` is missing, or the weights are for other images.

    >>> swin_b((32, 32, 3), width=8).output_shape  # doctest: +SKIP
    (None, 32)
    >>> swin_b((30, 30, 3))
    Traceback (most recent call last):
    keras_pod.core.errors.InputError: input_shape=(30, 30, 3) cannot be cut into \
windows for swin_b; resize the images, for example to 8, 28, 32, 64 or 224 pixels a side
    """
    check_common(input_shape, width, seed)
    if weights is not None:
        refuse_changes(weights, width=(width, (128,)))
        build = keras_hub(name).models.SwinTransformerBackbone
        network = from_preset(build, _SWIN.get(weights, weights), input_shape)
    else:
        patch_size, stages, window = _cut(input_shape)
        build = keras_hub(name).models.SwinTransformerBackbone
        with seeded(seed):
            network = build(
                image_shape=tuple(input_shape),
                embed_dim=width,
                depths=(2, 2, 2 * min(9, max(1, 9 * width // 128)), 2)[:stages],
                num_heads=[_heads(width * 2**stage) for stage in range(stages)],
                window_size=window,
                patch_size=patch_size,
                drop_path=0.0,
                name="swin",
            )
    inputs = keras.Input(tuple(input_shape), name="image")
    features = layers.GlobalAveragePooling1D(name="pool")(network(inputs))
    return keras.Model(inputs, features, name=name)


def _cut(input_shape: Sequence[int]) -> tuple[int, int, int]:
    """Patch size, number of stages and window for images of that size.

    Maps are multiples of the window in every stage: keras_hub's layers need it.
    """
    patch_size = by_size(input_shape, {16: 1, 40: 2}, 4)
    shorter = min(input_shape[:2])
    for stages in (4, 3, 2):
        last = patch_size * 2 ** (stages - 1)  # Pixels in a patch of the last map.
        window = shorter // last
        fits = all(side % (last * max(window, 1)) == 0 for side in input_shape[:2])
        if fits and 4 <= window <= 12:
            return patch_size, stages, window
    raise InputError(
        f"input_shape={tuple(input_shape)!r} cannot be cut into windows for swin_b; "
        "resize the images, for example to 8, 28, 32, 64 or 224 pixels a side"
    )


def _heads(size: int) -> int:
    """One for each 32, or the next smaller number that divides the size."""
    return next(n for n in range(max(1, size // 32), 0, -1) if size % n == 0)


def preset(
    input_shape: Sequence[int],
    width: int | None = None,
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "keras_hub",
) -> keras.Model:
    """An image backbone of `keras_hub` with the weights of a preset.

    Its last map is averaged over the image. The pixels are scaled as the preset's own
    image converter says. Weights and width are the preset's, so `seed` has no effect.
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
    except (ValueError, FileNotFoundError):  # A backbone was saved alone.
        return x
    scale = 1.0 if converter.scale is None else np.asarray(converter.scale)
    offset = 0.0 if converter.offset is None else np.asarray(converter.offset)
    x = destandardise(x, "0..255")
    return layers.Rescaling(
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
    except Exception as error:  # A failed download raises its library's own.
        raise InputError(f"weights={weights!r} cannot be loaded: {error}") from error
    # Not every backbone has an `image_shape`, and one for text has names as inputs.
    size = tuple(getattr(network, "image_shape", None) or network.input_shape)[-3:]
    sides = zip(size, input_shape, strict=False)
    if any(side not in (None, given) for side, given in sides):
        raise InputError(
            f"weights={weights!r} are for images of {size}, not of "
            f"{tuple(input_shape)}; bring the images to that shape"
        )
    return network
