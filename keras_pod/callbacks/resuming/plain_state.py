"""Plain values as JSON and arrays, so that nothing is pickled."""

from typing import Any

import numpy as np


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """A plain value as what JSON can hold, so that `decode` gives it back exactly.

    Args:
        value: None, a bool, number or str, a NumPy array or scalar, or a list, tuple
            or dict of them.
        arrays: gets the value's arrays, as rows of bytes.

    Raises:
        TypeError: any other value.

    >>> arrays = []
    >>> encode({"best": 0.5, "at": (1, 2)}, arrays)
    {'dict': [['best', 0.5], ['at', {'tuple': [1, 2]}]]}
    >>> encode(np.zeros((2, 1), "float32"), arrays), arrays[0].size
    ({'array': [0, '<f4', [2, 1]]}, 8)
    """
    # Exactly these types: a subclass may hold more than its value.
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple):
        return {type(value).__name__: [encode(v, arrays) for v in value]}
    if type(value) is dict:
        pairs = [[encode(k, arrays), encode(v, arrays)] for k, v in value.items()]
        return {"dict": pairs}
    if type(value) is np.ndarray or isinstance(value, np.generic):
        kind = "array" if type(value) is np.ndarray else "scalar"
        held = [len(arrays), _dtype_name(value), list(value.shape)]
        arrays.append(np.ascontiguousarray(value).reshape(-1).view(np.uint8))
        return {kind: held}
    raise TypeError(
        "the state of a callback must be of numbers, text, NumPy arrays and lists and "
        f"dicts of them, got a {type(value).__name__}: {value!r}."
    )


def decode(encoded: Any, arrays: list[np.ndarray]) -> Any:
    """The value that `encode` was given.

    Raises:
        ValueError: it was encoded by another version of this library.
    """
    if not isinstance(encoded, dict):
        return encoded
    [(kind, held)] = encoded.items()
    if kind in ("list", "tuple"):
        values = [decode(v, arrays) for v in held]
        return values if kind == "list" else tuple(values)
    if kind == "dict":
        return {decode(k, arrays): decode(v, arrays) for k, v in held}
    if kind not in ("array", "scalar"):
        raise ValueError(f"there are no values of the kind '{kind}'")
    place, dtype, shape = held
    array = arrays[place].view(np.dtype(dtype)).reshape(shape)
    return array if kind == "array" else array[()]


def _dtype_name(array: Any) -> str:
    if array.dtype.hasobject or array.dtype.names:
        raise TypeError(f"an array of {array.dtype} is no plain state of a callback.")
    # NumPy writes bfloat16, which it does not know itself, as bytes: <V2.
    return array.dtype.name if array.dtype.kind == "V" else array.dtype.str
