"""Options of methods as people write them: pod:lam=0.1."""

import ast
from collections.abc import Collection, Iterable
from typing import Any

from keras_pod.core.errors import InputError, unknown_name


def listed(what: str, names: str, known: Collection[str]) -> list[str]:
    """The names in a text with commas; InputError for one that is not known.

    >>> listed("measure", "norms, energy", ["energy", "norms"])
    ['norms', 'energy']
    """
    found = [name.strip() for name in names.split(",") if name.strip()]
    for name in found:
        if name not in known:
            raise unknown_name(what, name, known)
    return found


def parse_option(text: str) -> tuple[str, Any] | None:
    """The name and the value: a number, None or such where it reads as one, else text.

    None without an equals sign.

    >>> parse_option("lam=0.1"), parse_option("norm=additive"), parse_option("lam")
    (('lam', 0.1), ('norm', 'additive'), None)
    """
    name, equals, value = text.partition("=")
    if not equals:
        return None
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def merged(given: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """The values by name; InputError if a name is given two that differ.

    Each is given as it was written, its name and the value.
    """
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    for text, name, value in given:
        if values.setdefault(name, value) != value:
            raise InputError(f"{written[name]} and {text}: give one value of {name}.")
        written.setdefault(name, text)
    return values


def parse_method(text: str) -> tuple[str, dict]:
    """A method's name and options.

    >>> parse_method("pod:lam=0.1:norm=additive")
    ('pod', {'lam': 0.1, 'norm': 'additive'})
    """
    from keras_pod import methods

    name, *given = text.split(":")
    methods.get(name)
    options = []
    for item in given:
        parsed = parse_option(item)
        if parsed is None:
            raise InputError(f"'{text}': write options as name=value, not '{item}'.")
        options.append((f"{name}:{item}", *parsed))
    return name, merged(options)
