"""Checks of a `Classifier`: outputs, labels and losses that mean something else."""

import inspect
import logging
from typing import Any

import keras

from keras_pod.layers.head import Head
from keras_pod.losses.base import asks
from keras_pod.losses.cross_entropy import CrossEntropyLoss

# The outputs that every classifier has; it may have more.
OUTPUTS = ("logits", "features")

# Losses that take a softmax of the scores as they are.
_SOFTMAX = (
    CrossEntropyLoss,
    keras.losses.CategoricalCrossentropy,
    keras.losses.SparseCategoricalCrossentropy,
)


def check_outputs(output: Any) -> None:
    """Raise ValueError if the outputs are not those of a classifier."""
    if not isinstance(output, dict) or not set(output) >= set(OUTPUTS):
        names = sorted(output) if isinstance(output, dict) else output
        raise ValueError(
            'the outputs of a Classifier must have {"logits": ..., "features": ...}, '
            f"got {names}."
        )
    for name in OUTPUTS:
        shape = output[name].shape
        if len(shape) != 2:
            raise ValueError(
                f"output '{name}' must have shape (batch, size), got {shape}."
            )
    if output["logits"].shape[-1] == 1:
        raise ValueError(
            "output 'logits' must have a score for each class, two for yes and no, "
            "got one."
        )
    layer = maker(output["logits"])
    sigmoid = getattr(layer, "activation", None) is keras.activations.sigmoid
    if makes_probabilities(layer) or sigmoid:
        raise ValueError(
            f"output 'logits' must be scores, but '{layer.name}' makes probabilities "
            "of them: leave out its activation; losses take the softmax themselves."
        )


def check_head(head: Head, output: dict) -> None:
    """Raise ValueError if outputs are swapped, or scores in training of others."""
    made = maker(output["features"])
    if isinstance(made, Head):
        raise ValueError(
            f"'{made.name}' makes scores, but is the output 'features': the outputs "
            "are the wrong way round."
        )
    if head.answers("training_logits") and not is_between(head, output):
        raise ValueError(
            f"{type(head).__name__} trains on other scores than it predicts, made of "
            "the output 'features', so that must be its input, and its output be "
            "'logits': name its input \"features\", and let nothing follow it."
        )


def is_between(head: keras.layers.Layer, output: dict) -> bool:
    """Whether the head makes the logits out of the features, as they are put out."""
    # A layer inside another one of a user's has neither input nor output.
    return (
        getattr(head, "input", None) is output["features"]
        and getattr(head, "output", None) is output["logits"]
    )


def makes_probabilities(layer: Any) -> bool:
    """Whether a layer ends in a softmax."""
    activation = getattr(layer, "activation", None)
    softmax = activation is keras.activations.softmax
    return softmax or isinstance(layer, keras.layers.Softmax)


def maker(tensor: Any) -> Any:
    """The layer that makes an output, within models of one output too."""
    layer = tensor._keras_history.operation
    while isinstance(layer, keras.Model) and len(getattr(layer, "outputs", ())) == 1:
        layer = layer.outputs[0]._keras_history.operation
    return layer


def check_metrics(metrics: Any) -> bool:
    """Whether compiled metrics are given by output.

    Raises:
        ValueError: there are some of the features, which have no labels.
    """
    given = (metrics._user_metrics, metrics._user_weighted_metrics)
    by_name = [one for one in given if isinstance(one, dict)]
    if any("features" in one for one in by_name):
        raise ValueError(
            "the features of a Classifier have no metrics: its metrics measure the "
            f'logits, as in metrics=["accuracy"], or further outputs; got {by_name}.'
        )
    return bool(by_name)


def check_loss(loss: Any, output: dict, compiled: Any = None) -> None:
    """Raise ValueError for a loss that would train something else than it says."""
    weights = getattr(compiled, "_user_loss_weights", None)
    if isinstance(loss, (list, tuple)) or isinstance(weights, (list, tuple)):
        raise ValueError(
            "give the losses of a Classifier and their weights as a dict, "
            '{"logits": ..., "features": ...}; Keras would hand a list to the '
            "outputs in alphabetical order."
        )
    if isinstance(loss, dict):
        if unknown := set(loss) - set(output):
            raise ValueError(
                f"there is a loss for '{unknown.pop()}', but the outputs are "
                f"{sorted(output)}."
            )
        loss = loss.get("logits")
    if _takes_probabilities(loss):
        raise ValueError(
            "the scores of a Classifier are logits, not probabilities: use e.g. "
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)."
        )
    head = maker(output["logits"])
    adaptive = isinstance(head, Head) and head.adaptive
    plain = asks(loss, "plain_cosines")
    if plain and adaptive:
        name = type(head).__name__
        raise ValueError(
            f"{type(loss).__name__} takes plain cosines, but the scores of "
            f"{name}(alpha={head.alpha}) are x.p / (||x|| + delta): use "
            f"{name}(..., alpha=None), or NaCLoss."
        )
    wants_cosines = plain or asks(loss, "target_only")
    if wants_cosines and not adaptive and not _may_give_cosines(head):
        use = "use a head of cosines, keras_pod.layers.CosineDense or PEDCC"
        if getattr(head, "norm", None) == "none":
            use = "use norm='additive' or 'quadratic'"
        raise ValueError(
            f"{type(loss).__name__} takes cosines, but the scores are those of "
            f"'{head.name}', a {type(head).__name__}: {use}."
        )


def tell_of_flat_scores(loss: Any, output: dict) -> None:
    """Log a softmax of plain cosines, which lie too close for it to be sure."""
    head = maker(output["logits"])
    loss = loss.get("logits") if isinstance(loss, dict) else loss
    flat = isinstance(loss, _SOFTMAX) and getattr(loss, "scale", 1.0) == 1.0
    if flat and getattr(head, "gives_cosines", None):
        logging.getLogger("keras_pod").warning(
            "%s takes the softmax of the scores of '%s', which are cosines, -1 to 1: "
            "its loss stays high. Scale them by keras_pod.losses.CosSoftmaxLoss().",
            type(loss).__name__,
            head.name,
        )


def _may_give_cosines(head: Any) -> bool:
    """Whether a layer's scores are cosines, as far as it can be known."""
    if isinstance(head, keras.layers.Dense):
        # With a constraint its columns may be unit vectors.
        return head.kernel_constraint is not None
    return getattr(head, "gives_cosines", None) is not False


def _takes_probabilities(loss: Any) -> bool:
    """Whether the loss, spelt in any way that Keras knows, is for probabilities."""
    # What Keras calls whichever cross-entropy suits the labels.
    if isinstance(loss, str) and loss.lower() in ("crossentropy", "ce"):
        return True
    loss = keras.losses.get(loss)
    if loss is None or isinstance(loss, keras.losses.Loss):
        return getattr(loss, "from_logits", True) is False
    option = inspect.signature(loss).parameters.get("from_logits")
    return option is not None and option.default is False
