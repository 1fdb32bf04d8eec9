"""What is worth searching for each method, and where: what the papers tell.

A hyperparameter is an option of the method (`keras_pod.methods`) or a field of the
settings (`dim`, `lr`, ...). The spans hold the papers' tested values with room on
both sides; the grids are the values of their tables.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from keras_pod import methods
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.tune.domain import Domain, Span, Values, parse

# POD: 0.01 throughout; 0 is its "alpha = 0" of Fig 6 d. Quarters of a decade.
_ALPHA = Values(
    (0.0, *(float(f"{10 ** (e / 4):.2g}") for e in range(-16, -3))),
    grid=(0.0, 1e-4, 1e-3, 1e-2, 1e-1),
)
_NORM = Values(("quadratic", "additive"))
# POD Fig 5: flat from 0.01 to 1000, a steep rise beyond.
_LAM = Span(1e-3, 1e3, grid=(0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4))
# SBN Tables 1-3: 7.5 and 10; face recognition: 30 and 64.
_SCALE = Span(4.0, 64.0, grid=(7.5, 10.0, 30.0, 64.0))
_MARGIN = Span(0.0, 0.8, log=False, grid=(0.0, 0.2, 0.35, 0.5))
_WHOLE_MARGIN = Values((2, 3, 4))
_ANNEAL = Span(1.0, 20.0, grid=(1.0, 5.0, 20.0))


def _weight(usual: float) -> Span:
    """A factor of 30 around a loss's usual weight."""
    powers = [float(f"{usual * 10**e:.3g}") for e in (-1, 0, 1)]
    return Span(usual / 30, usual * 30, grid=tuple(powers))


OPTIONS: dict[str, dict[str, Domain]] = {
    "softmax": {},
    "cosine": {},
    "nac": {"alpha": _ALPHA, "norm": _NORM},
    "pod": {"alpha": _ALPHA, "lam": _LAM, "norm": _NORM},
    "pedcc-loss": {
        "margin": _MARGIN,
        # SBN: (7.5, 0.35) and (10, 0.5).
        "scale": Span(4.0, 30.0, grid=(7.5, 10.0, 15.0)),
        "lam": Span(0.03, 30.0, grid=(0.1, 1.0, 10.0)),
        "root": Span(1.0, 4.0, log=False, grid=(1.0, 2.0, 3.0)),
    },
    "am-softmax": {"margin": _MARGIN, "scale": _SCALE},
    "arcface": {"margin": _MARGIN, "scale": _SCALE},
    "cm": {
        # POD Table IV: (0.9, 0.4, 0.15).
        "m1": Span(0.8, 1.2, log=False, grid=(0.9, 1.0)),
        "m2": Span(0.0, 0.6, log=False, grid=(0.0, 0.2, 0.4)),
        "m3": Span(0.0, 0.4, log=False, grid=(0.0, 0.15, 0.3)),
        "scale": _SCALE,
    },
    "cos-softmax": {"scale": _SCALE},
    "a-softmax": {"margin": _WHOLE_MARGIN, "anneal": _ANNEAL},
    "l-softmax": {"margin": _WHOLE_MARGIN, "anneal": _ANNEAL},
    "center": {
        "weight": _weight(0.003),
        "center_rate": Span(0.1, 1.0, grid=(0.1, 0.5, 1.0)),
    },
    "ring": {"weight": _weight(0.01)},
    "incay": {"weight": _weight(0.1)},
    "cot": {"weight": _weight(1.0)},
    "cot-alternate": {"weight": _weight(1.0)},
    "lgm": {
        "margin": Span(0.0, 1.0, log=False, grid=(0.0, 0.1, 0.3, 1.0)),
        "weight": _weight(0.1),
    },
    "g-cpl": {
        "prototypes": Values((1, 2, 3, 5)),
        "alpha": Span(0.1, 10.0, grid=(0.3, 1.0, 3.0)),
        "weight": _weight(0.01),
    },
    # Tables 3, 5, 6 and the ImageNet runs: s from 2 to 35. Grids: Table 3.
    "rbf-softmax": {
        "scale": Span(1.0, 64.0, grid=(2.0, 4.0, 8.0)),
        "gamma": Span(0.1, 64.0, grid=(1.0, 1.3, 2.0)),
    },
    "rbf-network": {"gamma": Span(0.2, 20.0, grid=(1.0, 2.0, 4.0))},
    # SBN: 0.8, 0.9 and 1; no one of them wins everywhere.
    "scaled-bn": {"scale": Span(0.25, 4.0, grid=(0.8, 0.9, 1.0))},
}

# gamma / s of what the RBF-Softmax paper tested, 1/12 to 1: gamma is searched there,
# because the kernels saturate or vanish elsewhere.
RIDGE = Span(1 / 12, 1.0)

# Searched only where the other one has such a value.
DEPENDS = {
    "norm": ("alpha", lambda alpha: alpha > 0),
    "warmup": ("schedule", lambda schedule: schedule == "cosine"),
}
# Beyond what the method has of its own; searched when asked for by name.
ON_REQUEST = ("dim", "lr", "l2", "schedule", "warmup")
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
    return OPTIONS[loss] | {
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
    between = [3 * n // 2 for n in powers if 3 * n // 2 <= 40 * num_classes]
    least = max(2, num_classes - 1)
    every = sorted({least, *powers, *(n for n in between if n <= MOST_DIM)})
    return Values(tuple(every), grid=tuple(sorted({least, *powers})))


def chosen(
    search: str, loss: str, num_classes: int, grid: bool, fixed: Mapping = {}
) -> dict[str, Domain]:
    """What is searched, and where.

    Args:
        search: names with commas, each with a place of its own if wanted:
            "alpha,lam=0.01:100,dim=32/64"; empty for the method's own
            hyperparameters (and, but in a grid, the learning rate).
        loss: the method.
        num_classes: k.
        grid: whether for a grid search.
        fixed: what has a value already.

    Returns:
        domains by name, what others depend on first.

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
        own = [n for n in OPTIONS[loss] if n not in DEPENDS]
        names = own if own and grid else [*own, "lr"]
        domains = {name: known[name] for name in names if name not in fixed}
    if not domains:
        raise InputError("everything is fixed; there is nothing to search.")
    for name, (parent, _) in DEPENDS.items():
        if name in domains and parent in domains:
            domains[name] = domains.pop(name)
    return domains


def check_fixed(loss: str, fixed: Mapping[str, Any]) -> None:
    """Refuses settings that are no hyperparameters, and values of a wrong type.

    What the method has no option for, `Settings.resolve` refuses.

    Raises:
        InputError: either.
    """
    settings = {f.name for f in dataclasses.fields(Settings)}
    for name, value in fixed.items():
        if name in settings and name not in ON_REQUEST:
            known = [*methods.get(loss).options(), *ON_REQUEST]
            raise InputError(
                f"--fix {name}: it is no hyperparameter; give it as "
                f"--{name.replace('_', '-')}. Hyperparameters: {', '.join(known)}."
            )
        if name == "schedule":
            if not isinstance(value, str):
                raise InputError(f"schedule must be a name, or steps: {value!r}")
        elif name in ON_REQUEST and not isinstance(value, int | float):
            raise InputError(f"{name} must be a number: {value!r}")


def usual(settings: Settings, name: str) -> object:
    """The value of a hyperparameter in resolved settings."""
    if name in ON_REQUEST:
        return getattr(settings, name)
    return settings.options[name]
