"""Vision transformers."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_pod.core.errors import InputError
from keras_pod.models.applications import destandardise, refuse_changes
from keras_pod.models.building import by_size, check_common, is_count, seeded
from keras_pod.models.hub import from_preset, keras_hub

_PRESETS = {"imagenet21k": "vit_base_patch16_224_imagenet21k"}


def vit_b16(
    input_shape: Sequence[int],
    width: int = 768,
    patch_size: int | None = None,
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "vit_b16",
) -> keras.Model:
    """ViT-B/16 of `keras_hub`, as the POD paper uses it: 768 features.

    The features are the class token after the last normalisation. The paper
    resizes images to 224 pixels and starts from weights of ImageNet-21k.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Size of a token. There is one block, and one attention head in
            each, for each 64 of it, but at least two blocks and one head.
        patch_size: Pixels along a side of a patch; None chooses 2 for images of
            up to 16 pixels, 4 up to 40, 8 up to 64 and 16 above.
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

    Example:

    >>> vit_b16((32, 32, 3), width=16).output_shape  # doctest: +SKIP
    (None, 16)
    >>> vit_b16((300, 300, 3))
    Traceback (most recent call last):
    keras_pod.core.errors.InputError: input_shape=(300, 300, 3) cannot be cut into \
patches of 16 pixels; resize the images to a multiple of it, or give another patch_size
    """
    check_common(input_shape, width, seed)
    x = inputs = keras.Input(tuple(input_shape), name="image")
    if weights is not None:
        refuse_changes(
            weights, width=(width, (768,)), patch_size=(patch_size, (None, 16))
        )
        build = keras_hub(name).models.ViTBackbone
        network = from_preset(build, _PRESETS.get(weights, weights), input_shape)
        x = destandardise(x, "-1..1")
    else:
        if patch_size is None:
            patch_size = by_size(input_shape, {16: 2, 40: 4, 64: 8}, 16)
        _check_patches(input_shape, patch_size)
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


def _check_patches(input_shape: Sequence[int], patch_size: Any) -> None:
    if not is_count(patch_size):
        raise InputError(f"patch_size={patch_size!r} must be a whole number from 1 on")
    if any(side % patch_size for side in input_shape[:2]):
        raise InputError(
            f"input_shape={tuple(input_shape)!r} cannot be cut into patches of "
            f"{patch_size} pixels; resize the images to a multiple of it, or give "
            "another patch_size"
        )
