"""Texts fit to be shown on a terminal and in a page."""

import unicodedata

# They turn the direction of the text around them.
_TURN_TEXT = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def printable(text: str) -> str:
    r"""Return a text with its control characters written out.

    A terminal would obey them: the name of a folder can clear a screen.

    >>> print(printable("cat\x1b[2J"))
    cat\x1b[2J
    """
    return "".join(
        c.encode("unicode_escape").decode()
        if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURN_TEXT
        else c
        for c in text
    )


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, in the plural unless there is one.

    >>> counted(1, "run"), counted(1200, "class", "classes")
    ('1 run', '1,200 classes')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
