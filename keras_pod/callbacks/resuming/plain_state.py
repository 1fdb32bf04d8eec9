"""The plain values that an object holds, as JSON and arrays: nothing is pickled."""

import hashlib
import json
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import numpy as np

# By name, so that nothing else is ever called when a file is read.
_SEQUENCES = {kind.__name__: kind for kind in (list, tuple, set, frozenset)}
_MAPPINGS = {kind.__name__: kind for kind in (dict, OrderedDict, Counter)}
_FACTORIES = {kind.__name__: kind for kind in (int, float, str, list, dict, set)}
_FACTORIES["NoneType"] = None


class NotPlain(TypeError):
    """A value that is more than numbers, text, arrays and collections of them."""


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """A plain value as what JSON can hold, so that `decode` gives it back exactly.

    Args:
        value: None, a bool, number, str or bytes, a NumPy array or scalar, or a
            list, tuple, set, dict or collection of the standard library of them.
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
    name = type(value).__name__
    if type(value) is _SEQUENCES.get(name):
        return {name: [encode(v, arrays) for v in value]}
    if type(value) is _MAPPINGS.get(name):
        return {name: _pairs(value, arrays)}
    if type(value) is deque:
        return {name: [value.maxlen, [encode(v, arrays) for v in value]]}
    if type(value) is defaultdict:
        return {name: [_factory_name(value), _pairs(value, arrays)]}
    if type(value) is bytes:
        arrays.append(np.frombuffer(value, np.uint8))
        return {name: len(arrays) - 1}
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
    if kind in _SEQUENCES:
        return _SEQUENCES[kind](decode(v, arrays) for v in held)
    if kind in _MAPPINGS:
        return _MAPPINGS[kind](_unpaired(held, arrays))
    if kind == "deque":
        return deque((decode(v, arrays) for v in held[1]), held[0])
    if kind == "defaultdict":
        return defaultdict(_FACTORIES[held[0]], _unpaired(held[1], arrays))
    if kind == "bytes":
        return arrays[held].tobytes()
    place, dtype, shape = held
    array = arrays[place].view(np.dtype(dtype)).reshape(shape)
    return array if kind == "array" else array[()]


def _pairs(value: dict, arrays: list[np.ndarray]) -> list:
    return [[encode(k, arrays), encode(v, arrays)] for k, v in value.items()]


def _unpaired(pairs: list, arrays: list[np.ndarray]) -> dict:
    return {decode(k, arrays): decode(v, arrays) for k, v in pairs}


def _factory_name(value: defaultdict) -> str:
    for name, factory in _FACTORIES.items():
        if value.default_factory is factory:
            return name
    raise NotPlain(f"defaultdict of {value.default_factory}")


def left_out(thing: Any, found: dict[str, bytes]) -> list[str]:
    """Names of the collections of an object that its fingerprints leave out."""
    kinds = (*_SEQUENCES.values(), dict, deque)
    return [
        k for k, v in vars(thing).items() if isinstance(v, kinds) and k not in found
    ]


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
