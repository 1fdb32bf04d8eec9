"""The hyperparameters of a method: where they are searched, and a trial's values.

A hyperparameter is an option of the method, which `keras_pod.methods` gives a place,
or one of the settings that are searched (`dim`, `lr`, ...).
"""

import math
from collections.abc import Mapping
from typing import Any

import keras_tuner
from keras_tuner.engine.hyperparameters import Fixed

from keras_pod import methods
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.experiments.run.settings import SEARCHED, Settings
from keras_pod.methods.hyperparameters import Domain, Span, Values, parse

MOST_DIM = 8192


def space(loss: str, num_classes: int) -> dict[str, Domain]:
    """The hyperparameters that can be searched for a method, by name.

    >>> space("scaled-bn", 10)["scale"].grid
    (0.8, 0.9, 1.0)
    >>> space("pod", 10)["dim"].grid
    (9, 32, 64, 128, 256, 512, 1024)
    """
    method = methods.get(loss)
    rate = method.learning_rate
    around = tuple(float(f"{rate * f:.3g}") for f in (0.25, 0.5, 1, 2, 4))
    return method.domains() | {
        "dim": dims(num_classes),
        "lr": Span(rate / 10, rate * 4, grid=around),
        "l2": Span(1e-5, 1e-2, grid=(0.0, 1e-4, 5e-4, 2e-3)),
        "schedule": Values(("cosine", "step", "constant")),
        "warmup": Values((0.0, 0.05, 0.1, 0.2)),
    }


def dims(num_classes: int) -> Values:
    """Feature sizes from k - 1 to about 100k, those from 2k to 40k twice as dense.

    The POD paper's Table II tries k - 1 and powers of two for CIFAR10, its text
    calls 2k to 40k the best. Nothing above `MOST_DIM`.

    >>> dims(10).values
    (9, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
    """
    first = math.ceil(math.log2(2 * num_classes))
    last = math.ceil(math.log2(100 * num_classes))
    powers = [2**e for e in range(first, last + 1)]
    powers = [n for n in powers if n <= max(MOST_DIM, powers[0])]
    between = [n + n // 2 for n in powers if n + n // 2 <= 40 * num_classes]
    least = max(2, num_classes - 1)
    every = sorted({least, *powers, *(n for n in between if n <= MOST_DIM)})
    return Values(tuple(every), grid=tuple(sorted({least, *powers})))


def chosen(
    search: str, loss: str, num_classes: int, grid: bool, fixed: Mapping = {}
) -> dict[str, Domain]:
    """The hyperparameters that a search names, and where they are searched.

    They are names with commas, each with a place of its own if wanted, as in
    "alpha,lam=0.01:100,dim=32/64". "" means the method's own hyperparameters and, but
    in a grid, the learning rate.

    Raises:
        InputError: an unknown name, one that is there twice or fixed as well, or a
            place that is none.
    """
    known = space(loss, num_classes)
    domains: dict[str, Domain] = {}
    for item in filter(None, map(str.strip, search.split(","))):
        name, equals, place = item.partition("=")
        if name not in known:
            raise unknown_name(f"hyperparameter of '{loss}'", name, known)
        if name in domains:
            raise InputError(f"--search names '{name}' twice.")
        if name in fixed:
            raise InputError(f"'{name}' cannot be searched: it is fixed.")
        domains[name] = parse(place, known[name]) if equals else known[name]
    if not domains:
        own = list(methods.get(loss).domains())
        names = own if own and grid else [*own, "lr"]
        domains = {name: known[name] for name in names if name not in fixed}
    if not domains:
        raise InputError("everything is fixed; there is nothing to search.")
    # Those that others are relative to come first.
    return {name: domains[name] for name in known if name in domains}


def usual(settings: Settings, name: str) -> Any:
    """The value of a hyperparameter in resolved settings."""
    if name in SEARCHED:
        return getattr(settings, name)
    return settings.options[name]


def trial_values(
    hp: keras_tuner.HyperParameters,
    domains: Mapping[str, Domain],
    base: Settings,
    num_classes: int,
    grid: bool,
) -> dict[str, Any]:
    """The values of a trial, by name, made known to `hp`.

    The defaults are the values of the resolved settings `base`.
    """
    found: dict[str, Any] = {}
    for name, domain in domains.items():
        default = usual(base, name)
        if any(isinstance(p, Fixed) and p.name == name for p in hp.space):
            found[name] = hp.get(name)
        elif isinstance(domain, Span) and domain.per and not grid:
            other, low, high = domain.per
            ratio = default / base.options[other]
            ratio = Span(low, high).declare(hp, f"{name}_per_{other}", ratio, False)
            value = ratio * found.get(other, base.options[other])
            found[name] = float(f"{value:.4g}")
        elif isinstance(domain, Span) and domain.auto and default == "auto":
            meant = float(f"{domain.auto(num_classes):.4g}")
            value = domain.declare(hp, name, meant, grid)
            # The trial with the defaults has the defaults themselves.
            found[name] = default if value == meant else value
        else:
            found[name] = domain.declare(hp, name, default, grid)
    if found.get("schedule", base.schedule) != "cosine":
        # There is no other schedule with a warmup.
        found["warmup"] = 0.0
    return found
