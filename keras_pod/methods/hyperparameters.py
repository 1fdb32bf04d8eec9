"""The place where a hyperparameter is searched: a span of numbers, or values."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_pod.core.errors import InputError


@dataclasses.dataclass(frozen=True)
class Values:
    """A choice of values; numbers in their order.

    Args:
        values: what is tried, all of one type.
        grid: what a grid search tries in their place; None for the same.
    """

    values: tuple[Any, ...]
    grid: tuple[Any, ...] | None = None

    def declare(self, hp: Any, name: str, default: Any, grid: bool) -> Any:
        """The value of the `keras_tuner.HyperParameters`, made known to them."""
        return _choice(hp, name, (grid and self.grid) or self.values, default)


@dataclasses.dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both included.

    Args:
        low, high: the ends.
        log: whether equal factors are equally likely, instead of equal differences.
        grid: what a grid search tries.
        whole: whether only whole numbers count.
        per: another hyperparameter, and the least and the largest ratio to it: this
            one is searched relative to it, but for a grid.
        auto: from the number of classes to the value that the default "auto" means.
    """

    low: float
    high: float
    log: bool = True
    grid: tuple[float, ...] = ()
    whole: bool = False
    per: tuple[str, float, float] | None = dataclasses.field(default=None, repr=False)
    auto: Callable[[int], float] | None = dataclasses.field(default=None, repr=False)

    def declare(self, hp: Any, name: str, default: Any, grid: bool) -> Any:
        """The value of the `keras_tuner.HyperParameters`, made known to them."""
        if grid:
            return _choice(hp, name, self.grid or self._points(), default)
        kind = hp.Int if self.whole else hp.Float
        known = isinstance(default, int | float)
        default = min(max(default, self.low), self.high) if known else self.low
        sampling = "log" if self.log else "linear"
        value = kind(name, self.low, self.high, sampling=sampling, default=default)
        # Shorter numbers are easier to read and to type.
        return value if self.whole else float(f"{value:.4g}")

    def _points(self) -> tuple[float, ...]:
        space = np.geomspace if self.log else np.linspace
        points = space(self.low, self.high, 7).tolist()
        if self.whole:
            return tuple(dict.fromkeys(map(round, points)))
        return tuple(float(f"{point:.3g}") for point in points)


Domain = Values | Span


def around_weight(usual: float) -> Span:
    """A factor of 30 around a loss's usual weight."""
    powers = [float(f"{usual * 10**e:.3g}") for e in (-1, 0, 1)]
    return Span(usual / 30, usual * 30, grid=tuple(powers))


def around(default: Any) -> Domain | None:
    """The place to search a hyperparameter of that default, if nobody named one.

    >>> around(0.5), around("cosine")
    (Span(low=0.05, high=5.0, log=True, grid=(), whole=False), None)
    """
    if isinstance(default, bool):
        return Values((False, True))
    if isinstance(default, int) and default > 0:
        return Span(1, 4 * default, whole=True)
    if isinstance(default, float) and default > 0:
        return Span(default / 10, default * 10)
    return None


def _choice(hp: Any, name: str, values: tuple[Any, ...], default: Any) -> Any:
    default = default if default in values else None
    return hp.Choice(name, list(values), default=default)


def parse(text: str, usual: Domain) -> Domain:
    """Read a place that a user wrote: "low:high" or "value/value/value".

    Args:
        text: as written.
        usual: the hyperparameter's own domain, which says of what type it is.

    Raises:
        InputError: text that is neither.

    >>> parse("0.01:100", Span(1e-3, 1e3))
    Span(low=0.01, high=100.0, log=True, grid=(), whole=False)
    >>> parse("16/64", Values((16, 32, 64)))
    Values(values=(16, 64), grid=None)
    """
    example = usual.values[0] if isinstance(usual, Values) else float(usual.whole)
    whole = isinstance(example, int) or (isinstance(usual, Span) and usual.whole)
    kind = int if whole else type(example)
    try:
        if ":" in text and kind is not str:
            low, high = (kind(part) for part in text.split(":"))
            log = usual.log if isinstance(usual, Span) else True
            if not low < high < math.inf:
                raise ValueError("the first number must be the smaller one")
            return Span(low, high, log and low > 0, whole=whole)
        values = tuple(dict.fromkeys(kind(part) for part in text.split("/")))
        if kind is float and not all(map(math.isfinite, values)):
            raise ValueError("numbers must be finite")
        known = usual.values if isinstance(usual, Values) else ()
        if kind is str and not set(values) <= set(known):
            raise ValueError(f"the values are {', '.join(map(str, known))}")
    except ValueError as error:
        raise InputError(
            f"'{text}' is no place to search ({error}); write low:high as in 0.01:100, "
            "or values as in 1/1.3/2."
        ) from error
    return Values(values)
