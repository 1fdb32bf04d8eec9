"""The console that commands write to."""

from typing import Any

from rich.console import Console


def plain_console(**options: Any) -> Console:
    """A console that prints text as it is: no colours, no markup in brackets.

    Args:
        **options: others of `rich.console.Console`.
    """
    return Console(highlight=False, markup=False, **options)
