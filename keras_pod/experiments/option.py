"""Options as people write them: name=value."""

import ast
from typing import Any


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
