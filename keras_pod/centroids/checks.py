"""Checks of the arguments that the functions of this package share."""

import numbers


def integer(name: str, value: int, least: int) -> int:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least:
        need = f"at least {least}" if whole else "an integer"
        raise ValueError(
            f"`{name}` must be {need}, got {value!r}; use an integer from {least} up."
        )
    return int(value)


def sizes(num_classes: int, dim: int, seed: int) -> tuple[int, int, int]:
    k = integer("num_classes", num_classes, 2)
    return k, integer("dim", dim, 1), integer("seed", seed, 0)
