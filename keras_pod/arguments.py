"""Checks of arguments that several heads and losses share."""

import math


def class_count(num_classes: int) -> int:
    """`num_classes` as an integer.

    Raises:
        ValueError: it is none, or less than 2.
    """
    if num_classes != int(num_classes) or num_classes < 2:
        raise ValueError(f"`num_classes` must be an integer >= 2, got {num_classes}.")
    return int(num_classes)


def check_positive(**values: float | None) -> None:
    """Does nothing where all values are None or finite and > 0.

    Raises:
        ValueError: one is not, with its name.
    """
    for name, value in values.items():
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"`{name}` must be a number > 0, got {value}.")


def check_not_negative(**values: float | None) -> None:
    """Does nothing where all values are None or finite and >= 0.

    Raises:
        ValueError: one is not, with its name.
    """
    for name, value in values.items():
        if value is not None and not 0 <= value < math.inf:
            raise ValueError(f"`{name}` must be a number >= 0, got {value}.")


def check_sync(sync: str) -> None:
    """Does nothing for "global" and "replica".

    Raises:
        ValueError: anything else.
    """
    if sync not in ("global", "replica"):
        raise ValueError(f'`sync` must be "global" or "replica", got {sync!r}.')


def feature_size(layer: object, shape: tuple) -> int:
    """n of features (batch, n), the input of a layer.

    Raises:
        ValueError: another shape.
    """
    if len(shape) != 2 or shape[-1] is None:
        raise ValueError(
            f"{type(layer).__name__} takes features of shape (batch, n), got "
            f'{tuple(shape)}; pool or flatten them first, e.g. with pooling="avg" in '
            "the backbone."
        )
    return int(shape[-1])
