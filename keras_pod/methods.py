"""The methods by name: each one's head, loss and the recipe it trains best with.

This is the one table that `keras-pod train` and its relatives read. A method is
added by writing its builder and naming it in `METHODS`.
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import keras

from keras_pod import layers, losses
from keras_pod.errors import InputError, unknown_name

Build = Callable[..., tuple[keras.layers.Layer, Any]]


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to train a classifier.

    Args:
        name: what `--loss` calls it.
        summary: one line for people.
        build: `(num_classes, seed, **options)` -> (head, loss for `compile`). The
            options are its keyword arguments, their defaults the recipe's values.
        learning_rate: the base rate, found on a validation split.
        l2: the L2 penalty, through momentum, found on a validation split.
    """

    name: str
    summary: str
    build: Build
    learning_rate: float
    l2: float

    def options(self, **given: Any) -> dict[str, Any]:
        """The method's options: its defaults, replaced by what is given.

        Args:
            **given: values by option name; None stands for the default.

        Raises:
            InputError: an option that the method does not have.
        """
        parameters = list(inspect.signature(self.build).parameters.values())[2:]
        options = {p.name: p.default for p in parameters}
        for name, value in given.items():
            if value is None:
                continue
            if name not in options:
                has = ", ".join(options) or "none"
                raise InputError(
                    f"loss '{self.name}' has no option '{name}'; its options: {has}."
                )
            options[name] = value
        return options


def get(name: str) -> Method:
    """The method of that name.

    Raises:
        InputError: an unknown name, with the nearest known one.

    >>> get("pod").summary
    'POD Loss: norm-adaptive cosine to fixed centroids, plus self-correlation'
    """
    if name not in METHODS:
        raise unknown_name("loss", name, METHODS)
    return METHODS[name]


def _softmax(num_classes: int, seed: int) -> tuple[keras.layers.Layer, Any]:
    head = keras.layers.Dense(num_classes, dtype="float32", name="logits")
    return head, keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def _cosine(num_classes: int, seed: int) -> tuple[keras.layers.Layer, Any]:
    head = layers.PEDCC(num_classes, alpha=None, seed=seed, name="logits")
    return head, losses.CosineLoss()


def _nac(
    num_classes: int, seed: int, alpha: float = 0.01, norm: str = "additive"
) -> tuple[keras.layers.Layer, Any]:
    head = layers.PEDCC(num_classes, alpha=alpha, seed=seed, norm=norm, name="logits")
    return head, losses.NaCLoss()


def _pod(
    num_classes: int,
    seed: int,
    alpha: float = 0.01,
    lam: float = 1.0,
    norm: str = "additive",
    sc_normalise: str | None = "n-1",
) -> tuple[keras.layers.Layer, Any]:
    head = layers.PEDCC(num_classes, alpha=alpha, seed=seed, norm=norm, name="logits")
    return head, losses.pod(lam=lam, sc_normalise=sc_normalise)


_ALL = [
    Method("softmax", "linear scores, softmax cross-entropy", _softmax, 0.1, 5e-4),
    Method("cosine", "Cosine Loss to fixed centroids", _cosine, 0.5, 5e-4),
    Method("nac", "cosine loss with the norm-adaptive delta", _nac, 0.5, 5e-4),
    Method(
        "pod",
        "POD Loss: norm-adaptive cosine to fixed centroids, plus self-correlation",
        _pod,
        0.5,
        5e-4,
    ),
]
METHODS: dict[str, Method] = {method.name: method for method in _ALL}
