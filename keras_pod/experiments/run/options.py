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


def parse_option(text: str) -> tuple[str, Any]:
    """The name and the value: a number, None or such where it reads as one, else text.

    >>> parse_option("lam=0.1"), parse_option("norm=additive")
    (('lam', 0.1), ('norm', 'additive'))
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"'{text}' has no value: write it as name=value.")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def merged(given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The values by name; InputError if a name is given two that differ."""
    values: dict[str, Any] = {}
    for name, value in given:
        if values.setdefault(name, value) != value:
            raise InputError(
                f"{name} is given as {values[name]!r} and as {value!r}: give one value."
            )
    return values


def parse_method(text: str) -> tuple[str, dict[str, Any]]:
    """A method's name and options.

    >>> parse_method("pod:lam=0:norm=additive:sc_normalise=None")
    ('pod', {'lam': 0, 'norm': 'additive', 'sc_normalise': None})
    """
    from keras_pod import methods

    name, *options = text.split(":")
    methods.get(name)
    return name, merged(map(parse_option, options))


def written(name: str, options: dict[str, Any]) -> str:
    """A method as `parse_method` takes it, with those options that are not its own.

    >>> written("pod", {"alpha": 0.01, "lam": 0.1})
    'pod:lam=0.1'
    """
    from keras_pod import methods

    own = methods.get(name).options()
    given = [f"{k}={value}" for k, value in options.items() if own[k] != value]
    return ":".join([name, *given])
