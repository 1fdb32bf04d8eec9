"""The hyperparameters of a method: where they are searched, and a trial's values.

A hyperparameter is an option of the method, which `keras_pod.methods` gives a place,
or one of the settings that are searched (`dim`, `lr`, ...).
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import keras_tuner
from keras_tuner.engine.hyperparameters import Choice, Fixed

from keras_pod import methods
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.experiments.run.settings import SEARCHED, Settings, flag
from keras_pod.methods.hyperparameters import Domain, Needs, Span, Values, parse

# Beyond what the method has of its own; searched when asked for by name.
ON_REQUEST = SEARCHED
MOST_DIM = 8192


def space(loss: str, num_classes: int) -> dict[str, Domain]:
    """Everything that can be searched for a method, by name.

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
        "warmup": Values(
            (0.0, 0.05, 0.1, 0.2),
            needs=("schedule", lambda schedule: schedule == "cosine"),
        ),
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
    between = [3 * n // 2 for n in powers if 3 * n // 2 <= 40 * num_classes]
    least = max(2, num_classes - 1)
    every = sorted({least, *powers, *(n for n in between if n <= MOST_DIM)})
    return Values(tuple(every), grid=tuple(sorted({least, *powers})))


def chosen(
    search: str, loss: str, num_classes: int, grid: bool, fixed: Mapping = {}
) -> dict[str, Domain]:
    """The hyperparameters that a search names, and where they are searched.

    They are names with commas, each with a place of its own if wanted, as in
    "alpha,lam=0.01:100,dim=32/64". "" means the method's own hyperparameters and, but
    in a grid, the learning rate. Those that others depend on come first.

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
        options = methods.get(loss).domains()
        own = [name for name, domain in options.items() if not _needs(domain)]
        names = own if own and grid else [*own, "lr"]
        domains = {name: known[name] for name in names if name not in fixed}
    if not domains:
        raise InputError("everything is fixed; there is nothing to search.")
    order = sorted(domains, key=lambda name: bool(_needs(known[name])))
    return {name: domains[name] for name in order}


def _needs(domain: Domain) -> Needs | None:
    """The hyperparameter that another one depends on, if there is one."""
    return domain.needs if isinstance(domain, Values) else None


def check_fixed(loss: str, fixed: Mapping[str, Any]) -> None:
    """Raise InputError for a setting that is no hyperparameter, or of a wrong type.

    `Settings.resolve` refuses what the method has no option for.
    """
    settings = {f.name for f in dataclasses.fields(Settings)}
    for name, value in fixed.items():
        if name in settings and name not in ON_REQUEST:
            known = [*methods.get(loss).options(), *ON_REQUEST]
            raise InputError(
                f"--fix {name}: it is no hyperparameter; give it as "
                f"{flag(name)}. Hyperparameters: {', '.join(known)}."
            )
        if name == "schedule":
            if not isinstance(value, str):
                raise InputError(f"schedule must be a name, or steps: {value!r}")
        elif name in ON_REQUEST and not isinstance(value, int | float):
            raise InputError(f"{name} must be a number: {value!r}")


def usual(settings: Settings, name: str) -> Any:
    """The value of a hyperparameter in resolved settings."""
    if name in ON_REQUEST:
        return getattr(settings, name)
    return settings.options[name]


def trial_values(
    hp: keras_tuner.HyperParameters,
    domains: Mapping[str, Domain],
    base: Settings,
    num_classes: int,
    grid: bool,
) -> dict[str, Any]:
    """The values of a trial that count, by name, made known to `hp`.

    The defaults are the values of the resolved settings `base`.
    """
    found: dict[str, Any] = {}
    known = space(base.loss, num_classes)

    def declared(name: str) -> Any:
        domain, default = domains[name], usual(base, name)
        if default != "auto" or not (isinstance(domain, Span) and domain.auto):
            return domain.declare(hp, name, default, grid)
        meant = domain.auto(num_classes)
        value = domain.declare(hp, name, meant, grid)
        # The trial with the defaults has the defaults themselves.
        return default if value == float(f"{meant:.4g}") else value

    def relative(name: str, other: str, low: float, high: float) -> float:
        ratio = base.options[name] / base.options[other]
        ratio = Span(low, high).declare(hp, f"{name}_per_{other}", ratio, grid=False)
        return float(f"{ratio * found.get(other, base.options[other]):.4g}")

    def value(name: str) -> Any:
        domain = domains[name]
        if any(isinstance(p, Fixed) and p.name == name for p in hp.space):
            return hp.get(name)
        if isinstance(domain, Span) and domain.per and not grid:
            return relative(name, *domain.per)
        # Also where a user named a place of another kind.
        if not _needs(known[name]):
            return declared(name)
        parent, counts = _needs(known[name])
        choices = [p for p in hp.space if isinstance(p, Choice) and p.name == parent]
        if not choices:
            decided = found.get(parent, usual(base, parent))
            return declared(name) if counts(decided) else None
        with hp.conditional_scope(parent, [v for v in choices[0].values if counts(v)]):
            return declared(name)

    for name in domains:
        chosen = value(name)
        if chosen is not None:
            found[name] = chosen
    return found
