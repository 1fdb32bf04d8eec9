"""Errors that the command line reports as the user's mistake (exit code 2)."""

import difflib
from collections.abc import Iterable

from keras_pod.core.printable import printable


class InputError(ValueError):
    """Bad input: the message names what was given, why not, and what to do.

    Control characters in it, of a file's name for example, are written out.
    """

    def __init__(self, message: str) -> None:
        super().__init__("\n".join(map(printable, message.split("\n"))))


def unknown_name(what: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that is not known, with the nearest known one.

    >>> print(unknown_name("loss", "pdo", ["pod", "softmax"]))
    unknown loss 'pdo'; did you mean 'pod'? Known: pod, softmax
    """
    known = sorted(known)
    plain = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), plain, n=1)
    hint = f"; did you mean '{plain[near[0]]}'?" if near else "."
    return InputError(f"unknown {what} '{name}'{hint} Known: {', '.join(known)}")
