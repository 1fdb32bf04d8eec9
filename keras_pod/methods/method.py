"""Method: a head, a loss and the recipe they train best with, entered by name."""

import dataclasses
import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_pod.core.errors import InputError, unknown_name
from keras_pod.methods.hyperparameters import Domain, around

HeadAndLoss = tuple[keras.layers.Layer, Any]
Build = Callable[..., HeadAndLoss]
Callbacks = list[keras.callbacks.Callback]


def _no_callbacks(epochs: int, options: Mapping[str, Any]) -> Callbacks:
    return []


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to train a classifier.

    Args:
        name: what `--loss` calls it.
        summary: one line for people.
        build: `(num_classes, seed, **options)` -> (head, loss for `compile`). The
            options are its keyword arguments, their defaults the recipe's values.
        learning_rate: the base rate of SGD with momentum.
        l2: the L2 penalty, through momentum.
        neck: what `Classifier.from_backbone` puts between the feature layer and the
            head, "batch_norm" or None.
        adamw: base rate and weight decay of AdamW.
        search: where options are searched, by name. None for what their defaults
            suggest.
        callbacks: from epochs and options to the callbacks of `fit`, besides those
            that the head needs.
        updates_per_batch: how often in a row every batch is trained on, each time
            for another part of the loss and with a momentum of its own; with 2 use
            `keras_pod.data.each_batch_twice` and `L2SGD(alternating=2)`.
    """

    name: str
    summary: str
    build: Build
    learning_rate: float
    l2: float = 5e-4
    updates_per_batch: int = 1
    neck: str | None = None
    adamw: tuple[float, float] = (1e-2, 0.05)
    search: Mapping[str, Domain] | None = None
    callbacks: Callable[[int, Mapping[str, Any]], Callbacks] = _no_callbacks

    def domains(self) -> dict[str, Domain]:
        """The place where each option is searched, by name.

        >>> get("scaled-bn").domains()["scale"].grid
        (0.8, 0.9, 1.0)
        """
        if self.search is not None:
            return dict(self.search)
        found = {name: around(value) for name, value in self.options().items()}
        return {name: domain for name, domain in found.items() if domain}

    def rates(self, optimizer: str) -> tuple[float, float]:
        """The learning rate and the decay for "sgd" or "adamw".

        >>> get("softmax").rates("sgd")
        (0.2, 0.0005)
        """
        return self.adamw if optimizer == "adamw" else (self.learning_rate, self.l2)

    def options(self, **given: Any) -> dict[str, Any]:
        """The method's options: its defaults, replaced by what is given.

        Args:
            **given: values by option name.

        Raises:
            InputError: an option that the method does not have.
        """
        parameters = list(inspect.signature(self.build).parameters.values())[2:]
        options = {p.name: p.default for p in parameters}
        for name, value in given.items():
            if name not in options:
                near = difflib.get_close_matches(name, options, n=1)
                hint = f"; did you mean '{near[0]}'? Its" if near else "; its"
                raise InputError(
                    f"loss '{self.name}' has no option '{name}'{hint} options: "
                    f"{', '.join(options) or 'none'}."
                )
            options[name] = value
        return options


METHODS: dict[str, Method] = {}


def method(name: str, summary: str, rate: float, **recipe: Any) -> Callable:
    """Enter the builder that follows into `METHODS`, under that name."""

    def enter(build: Build) -> Build:
        METHODS[name] = Method(name, summary, build, rate, **recipe)
        return build

    return enter


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
