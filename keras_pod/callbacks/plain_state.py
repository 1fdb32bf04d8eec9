"""The plain values that an object holds, as JSON and arrays: nothing is pickled."""

import hashlib
import json
from typing import Any

import numpy as np


class NotPlain(TypeError):
    """A value that is more than numbers, text, arrays and lists or dicts of them."""


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """A plain value as what JSON can hold, so that `decode` gives it back exactly.

    Args:
        value: None, a bool, number or str, a NumPy array or scalar, or a list, tuple
            or dict of them.
        arrays: gets the value's arrays, as rows of bytes.

    Raises:
        NotPlain: any other value.

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
        arrays.append(_bytes_of(value))
        return {kind: held}
    raise NotPlain(type(value).__name__)


def decode(encoded: Any, arrays: list[np.ndarray]) -> Any:
    """The value that `encode` was given."""
    if not isinstance(encoded, dict):
        return encoded
    [(kind, held)] = encoded.items()
    if kind == "dict":
        return {decode(k, arrays): decode(v, arrays) for k, v in held}
    if kind in ("list", "tuple"):
        items = [decode(v, arrays) for v in held]
        return items if kind == "list" else tuple(items)
    place, dtype, shape = held
    array = arrays[place].view(np.dtype(dtype)).reshape(shape)
    return array if kind == "array" else array[()]


def fingerprints(thing: Any) -> dict[str, bytes]:
    """A digest of each attribute of an object that is plain."""
    found = {}
    for name, value in vars(thing).items():
        arrays: list[np.ndarray] = []
        try:
            digest = hashlib.sha256(json.dumps(encode(value, arrays)).encode())
        except NotPlain:
            continue
        for array in arrays:
            digest.update(array)
        found[name] = digest.digest()
    return found


def _dtype_name(array: Any) -> str:
    if array.dtype.hasobject or array.dtype.names:
        raise NotPlain(f"array of {array.dtype}")
    # NumPy writes bfloat16, which it does not know itself, as bytes: <V2.
    return array.dtype.name if array.dtype.kind == "V" else array.dtype.str


def _bytes_of(array: Any) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
