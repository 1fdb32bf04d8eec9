"""What a `Classifier` refuses: outputs, labels and losses that mean something else."""

import inspect
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.layers.pedcc import PEDCC

# What losses and metrics see; a classifier may have more outputs, for prediction.
OUTPUTS = ("logits", "features")


def features_of(backbone: keras.Model) -> Any:
    """The backbone's output.

    Raises:
        ValueError: it is not features of shape (batch, n).
    """
    outputs = getattr(backbone, "outputs", None)
    if not outputs:
        raise ValueError(
            "the backbone has no known input shape: give it a keras.Input, or call it "
            "on a keras.Input first."
        )
    shapes = [tuple(output.shape) for output in outputs]
    if len(shapes) > 1 or len(shapes[0]) != 2:
        raise ValueError(
            f"the backbone must end in features of shape (batch, n), got {shapes}; "
            'build it without its top and with pooling="avg".'
        )
    return outputs[0]


def check_outputs(output: Any) -> None:
    """Does nothing where the outputs are those of a classifier.

    Raises:
        ValueError: they are not.
    """
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
    layer = _maker(output["logits"])
    activation = getattr(layer, "activation", None)
    to_probabilities = (keras.activations.softmax, keras.activations.sigmoid)
    if isinstance(layer, keras.layers.Softmax) or activation in to_probabilities:
        raise ValueError(
            f"output 'logits' must be scores, but '{layer.name}' makes probabilities "
            "of them: leave out its activation; losses take the softmax themselves."
        )


def check_head(head: keras.layers.Layer | None, output: dict) -> None:
    """Does nothing where what the head does in training is of the outputs.

    Raises:
        ValueError: it is of other tensors.
    """
    if hasattr(head, "training_logits") and not is_between(head, output):
        raise ValueError(
            f"{type(head).__name__} has a margin of its own in training, on the output "
            "'features', so that must be its input, and its output be 'logits': name "
            'its input "features", and let nothing follow it.'
        )


def is_between(head: keras.layers.Layer, output: dict) -> bool:
    """Whether the head makes the logits out of the features, both as they are put out.

    A layer inside another one of a user's has neither input nor output.
    """
    return (
        getattr(head, "input", None) is output["features"]
        and getattr(head, "output", None) is output["logits"]
    )


def _maker(tensor: Any) -> Any:
    """The layer that makes an output, within models of one output too."""
    layer = tensor._keras_history.operation
    while isinstance(layer, keras.Model) and len(getattr(layer, "outputs", ())) == 1:
        layer = layer.outputs[0]._keras_history.operation
    return layer


def of_logits(values: Any) -> Any:
    """Labels or weights of the logits, where those of outputs are given by name."""
    return values["logits"] if isinstance(values, dict) else values


def check_labels(y: Any, num_classes: int) -> None:
    """Does nothing where y is no array, or one of labels of that many classes.

    Labels given as arrays are checked here: compiled code cannot raise.

    Raises:
        ValueError: they have another shape, or one lies outside 0..num_classes - 1.
    """
    y = y.get("logits") if isinstance(y, dict) else y
    if y is None or not hasattr(y, "shape"):
        return
    if numerics.is_label_rows(y.shape, num_classes):
        return
    y = np.asarray(ops.convert_to_numpy(y))
    bad = (y != np.floor(y)) | (y < 0) | (y >= num_classes)
    if np.any(bad):
        raise ValueError(
            f"labels must be integers from 0 to {num_classes - 1}, got "
            f"{y[bad].ravel()[0]} at position {int(np.flatnonzero(bad)[0])}."
        )


def check_loss(loss: Any, logits: Any) -> None:
    """Does nothing where the loss trains with those logits what it says.

    Raises:
        ValueError: it would not.
    """
    if isinstance(loss, (list, tuple)):
        raise ValueError(
            "give the losses of a Classifier as a dict, "
            '{"logits": ..., "features": ...}; Keras would hand a list to the '
            "outputs in alphabetical order."
        )
    loss = loss.get("logits") if isinstance(loss, dict) else loss
    if _takes_probabilities(loss):
        raise ValueError(
            "the scores of a Classifier are logits, not probabilities: use e.g. "
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)."
        )
    head = _maker(logits)
    adaptive = isinstance(head, PEDCC) and head.adaptive
    plain = getattr(loss, "plain_cosines", False)
    if plain and adaptive:
        raise ValueError(
            f"{type(loss).__name__} takes plain cosines, but the scores of "
            f"PEDCC(alpha={head.alpha}) are x.p / (||x|| + delta): use "
            "PEDCC(..., alpha=None), or NaCLoss."
        )
    wants_cosines = plain or getattr(loss, "target_only", False)
    if wants_cosines and not adaptive and not _may_give_cosines(head):
        raise ValueError(
            f"{type(loss).__name__} takes cosines, but the scores are those of "
            f"'{head.name}', a {type(head).__name__}: use a head of cosines, "
            "keras_pod.layers.CosineDense or PEDCC."
        )


def _may_give_cosines(head: Any) -> bool:
    """Of a layer of somebody else's nobody knows, but of a dense one."""
    if isinstance(head, keras.layers.Dense):
        # With a constraint its columns may be unit vectors.
        return head.kernel_constraint is not None
    known = type(head).__module__.startswith("keras_pod.")
    return getattr(head, "gives_cosines", not known)


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
