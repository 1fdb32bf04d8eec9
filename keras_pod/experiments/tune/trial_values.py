"""The hyperparameters of a trial, declared to KerasTuner as they need each other."""

from collections.abc import Mapping
from typing import Any

import keras_tuner
from keras_tuner.engine.hyperparameters import Choice, Fixed

from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.tune import spaces
from keras_pod.methods.hyperparameters import Domain, Span


def trial_values(
    hp: keras_tuner.HyperParameters,
    domains: Mapping[str, Domain],
    base: Settings,
    num_classes: int,
    grid: bool,
) -> dict[str, Any]:
    """The values of a trial by name, without those that do not count.

    Args:
        hp: gets to know them.
        domains: where each is searched; what others need comes first.
        base: resolved settings, whose values are the defaults.
        num_classes: of the data.
        grid: whether the values are those of a grid.
    """
    found: dict[str, Any] = {}

    def declared(name: str) -> Any:
        domain, default = domains[name], spaces.usual(base, name)
        if default != "auto" or not (isinstance(domain, Span) and domain.auto):
            return domain.declare(hp, name, default, grid)
        meant = domain.auto(num_classes)
        value = domain.declare(hp, name, meant, grid)
        # The trial with the defaults has the defaults themselves.
        return default if value == float(f"{meant:.4g}") else value

    def relative(name: str, other: str, low: float, high: float) -> float:
        usual = base.options[name] / base.options[other]
        ratio = Span(low, high).declare(hp, f"{name}_per_{other}", usual, grid=False)
        return float(f"{ratio * found.get(other, base.options[other]):.4g}")

    def value(name: str) -> Any:
        domain = domains[name]
        if _is_fixed(hp, name):
            return hp.get(name)
        if isinstance(domain, Span) and domain.per and not grid:
            return relative(name, *domain.per)
        if not spaces.needs(domain):
            return declared(name)
        parent, counts = spaces.needs(domain)
        choice = _choice(hp, parent)
        if choice is None:
            known = found.get(parent, spaces.usual(base, parent))
            return declared(name) if counts(known) else None
        with hp.conditional_scope(parent, [v for v in choice.values if counts(v)]):
            return declared(name)

    for name in domains:
        chosen = value(name)
        if chosen is not None:
            found[name] = chosen
    return found


def _is_fixed(hp: keras_tuner.HyperParameters, name: str) -> bool:
    return any(isinstance(p, Fixed) and p.name == name for p in hp.space)


def _choice(hp: keras_tuner.HyperParameters, name: str) -> Choice | None:
    found = (p for p in hp.space if isinstance(p, Choice) and p.name == name)
    return next(found, None)
