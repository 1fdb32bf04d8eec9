"""Augmentation of images in memory: pad, crop at random, flip."""

from dataclasses import dataclass
from typing import Literal

from keras_pod.core.checks import integer
from keras_pod.core.errors import InputError


@dataclass(frozen=True)
class Augmentation:
    """Pad, crop to the original size at a random place, mirror half of them.

    All (2 * pad + 1) ** 2 places are equally likely.

    Args:
        pad: Pixels added on each side before the crop; 0 for no crop.
        flip: Whether to mirror images left to right with probability 0.5.
        pad_value: "black" (0), or "mean" for the mean colour of the training
            images, which is 0 after normalisation.
        legacy_crop: Whether to leave out the last row and the last column of
            places, as the published code of RBF-Softmax does: with a pad of 4 the
            offsets are then 0 to 7. That code also pads with the mean colour.

    Raises:
        InputError: if a value is of another kind.

    >>> Augmentation(pad=2, flip=False)
    Augmentation(pad=2, flip=False, pad_value='black', legacy_crop=False)
    """

    pad: int = 4
    flip: bool = True
    pad_value: Literal["black", "mean"] = "black"
    legacy_crop: bool = False

    def __post_init__(self) -> None:
        integer("pad", self.pad, 0)
        if self.pad_value not in ("black", "mean"):
            raise InputError(
                f"pad_value must be 'black' or 'mean', not {self.pad_value!r}"
            )

    @property
    def offsets(self) -> int:
        """The number of places that a crop may begin at, down and to the right each."""
        return max(1, 2 * self.pad + (not self.legacy_crop))


def resolve(
    augment: Augmentation | Literal["auto"] | None,
    usual: Augmentation | None,
    image_shape: tuple[int, int, int],
) -> Augmentation | None:
    """Return an augmentation that fits the images; "auto" is what is usual for them."""
    side = min(image_shape[:2])
    if augment == "auto":
        return usual or Augmentation(pad=min(max(1, side // 8), side - 1))
    # A crop could miss the picture.
    if augment is not None and augment.pad >= side:
        raise InputError(
            f"pad={augment.pad} is too large for images of "
            f"{image_shape[0]}x{image_shape[1]}; the largest is {side - 1}"
        )
    return augment
