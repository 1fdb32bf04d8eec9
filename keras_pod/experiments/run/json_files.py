"""JSON files that are read again, and may have been changed or damaged meanwhile."""

import json
import types
from pathlib import Path
from typing import Any

from keras_pod.core.disk import write_whole
from keras_pod.core.errors import InputError

# A shape is a type, [shape] for a list, or a dict of shapes by key. A key that ends
# with "?" may be missing, other keys than those named may be there, and "*" stands
# for all that are.
Shape = type | types.UnionType | list | dict
NUMBER = int | float


def write_json(path: Path, content: Any, durable: bool = False) -> None:
    """Write a JSON file for people to read; see `write_whole`."""
    text = json.dumps(content, indent=2) + "\n"
    write_whole(path, lambda beside: beside.write_text(text), durable)


def read_json(path: Path, shape: Shape, what: str) -> Any:
    """The content of a JSON file; InputError for one that is not what `what` says."""
    try:
        return parse_json(path.read_bytes(), shape)
    except ValueError as error:
        raise InputError(f"{path} is not {what}: {error}") from error


def parse_json(text: bytes, shape: Shape) -> Any:
    """The content of JSON text; ValueError if it has another shape.

    >>> parse_json(b'{"a": [1, 2]}', {"a": [int], "b?": str})
    {'a': [1, 2]}
    """
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    check_shape(found, shape)
    return found


def check_shape(value: Any, shape: Shape, name: str = "") -> None:
    """Raise ValueError if the value has another shape; the message says where.

    >>> check_shape({"a": {"b": [1, None]}}, {"a": {"b": [int]}})
    Traceback (most recent call last):
    ValueError: a.b[1] is NoneType, not int
    """
    kind = type(shape) if isinstance(shape, list | dict) else shape
    fits = isinstance(value, kind)
    if not fits:
        wanted = getattr(kind, "__name__", kind)
        raise ValueError(f"{name or 'it'} is {type(value).__name__}, not {wanted}")
    if isinstance(shape, list):
        for place, item in enumerate(value):
            check_shape(item, shape[0], f"{name}[{place}]")
    elif isinstance(shape, dict):
        parts = dict.fromkeys(value, shape["*"]) if "*" in shape else shape
        for key, part in parts.items():
            plain = key.removesuffix("?")
            inside = f"{name}.{plain}" if name else plain
            if plain in value:
                check_shape(value[plain], part, inside)
            elif plain == key:
                raise ValueError(f"it has no {inside}")
