"""The bases of the losses: how they compute, and what they ask a `Classifier` for."""

import re
from typing import Any

import keras

from keras_pod.core import numerics
from keras_pod.core.arguments import not_negative
from keras_pod.core.configs import held_arguments


class WideLoss(keras.losses.Loss):
    """A loss that computes in float32 or wider, with its arguments in its config.

    An argument is held by an attribute of its name. Further attributes say what a
    `keras_pod.Classifier` has to give it. Any other loss may have them too; without
    them the defaults hold.

    Args:
        reduction: as in `keras.losses.Loss`.
        name: name of the loss; None is `usual_name` of its class, or else the name of
            the class in snake case and without `Loss`.
        dtype: float32 (default) or float64; anything narrower becomes float32, in
            which labels stay exact.

    Attributes:
        targets: of a loss on the features. "head": what the head has for each label
            (the default); "none": nothing; "labels": the labels as they are;
            "correct": 1 for each sample that the scores classify rightly and 0 for
            the others, (batch, 1).
        target_only: whether a loss on the scores reads no other than that of each
            sample's own class. It then gets that one alone, (batch, 1), with labels
            of 1. A subclass that reads the others sets it to False.
        plain_cosines: whether the scores must be plain cosines, without a delta.
        takes_weights: whether a loss on the features knows what the samples' weights
            mean for it. Without it they reach the loss on the scores only.
        usual_name: the name of a class whose own reads badly; no subclass inherits it.
    """

    targets: str = "head"
    target_only: bool = False
    plain_cosines: bool = False
    takes_weights: bool = False
    usual_name: str | None = None

    def __init__(
        self,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        name = name or vars(type(self)).get("usual_name") or self._class_in_snake_case()
        super().__init__(name, reduction, numerics.wide_dtype(dtype))

    def _class_in_snake_case(self) -> str:
        name = type(self).__name__.removesuffix("Loss")
        return re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

    def get_config(self) -> dict:
        return {**held_arguments(self), **super().get_config()}


def asks(loss: Any, attribute: str) -> Any:
    """An attribute of `WideLoss` for any loss, by its default where it has none.

    >>> asks(keras_pod.losses.NaCLoss(), "target_only"), asks("mse", "target_only")
    (True, False)
    """
    return getattr(loss, attribute, getattr(WideLoss, attribute))


class WeightedLoss(WideLoss):
    """A loss with a weight >= 0, as one term of several has it."""

    def __init__(self, weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = not_negative("weight", weight)
