"""The backbones that can be asked for by name."""

import re
from collections.abc import Callable, Sequence

import keras

from keras_pod.errors import InputError, unknown_name
from keras_pod.models.resnet import resnet8, resnet18, resnet20

_BUILDERS: dict[str, Callable[..., keras.Model]] = {
    "resnet8": resnet8,
    "resnet20": resnet20,
    "resnet18": resnet18,
}

BACKBONES: tuple[str, ...] = ("auto", *_BUILDERS)


def backbone(
    name: str, input_shape: Sequence[int], seed: int | None = 0
) -> keras.Model:
    """Build a backbone, from images to features, by its name.

    Args:
        name: `resnet8`, `resnet20` or `resnet18`, with the width of the first
            stage after a hyphen if it is not to be the usual one (`resnet8-32`).
            `auto` chooses by the longer side of the image: `resnet8` up to
            28 pixels, `resnet20` up to 40, `resnet18` above.
        input_shape: `(height, width, channels)`, channels last.
        seed: Seed of the initial weights; `None` for other weights each time.

    Raises:
        InputError: If the name is not known or the shape is not an image's.

    Example:

    >>> backbone("resnet8-4", (8, 8, 1)).output_shape
    (None, 16)
    >>> backbone("resnet21", (8, 8, 1))
    Traceback (most recent call last):
    keras_pod.errors.InputError: unknown backbone 'resnet21'; did you mean \
'resnet20'? Known: auto, resnet18, resnet20, resnet8
    """
    base, hyphen, width = str(name).partition("-")
    if base == "auto" and not hyphen:
        base = _by_size(input_shape)
    if base not in _BUILDERS:
        raise unknown_name("backbone", str(name), BACKBONES)
    if not hyphen:
        return _BUILDERS[base](input_shape, seed=seed)
    if not re.fullmatch("[1-9][0-9]*", width):
        raise InputError(
            f"backbone '{name}' has no width after the hyphen; write a whole "
            f"number of channels from 1 on, for example '{base}-32'"
        )
    return _BUILDERS[base](
        input_shape, width=int(width), seed=seed, name=f"{base}_{width}"
    )


def _by_size(input_shape: Sequence[int]) -> str:
    try:
        longer = max(input_shape[:2])
        return "resnet8" if longer <= 28 else "resnet20" if longer <= 40 else "resnet18"
    except (TypeError, ValueError):
        return "resnet8"  # whose own check says what is wrong with the shape
