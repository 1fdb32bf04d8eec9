"""The labels and weights that a `Classifier` is given, by name or not."""

from typing import Any

import numpy as np
from keras import ops

from keras_pod.core import numerics


def by_output(values: Any) -> dict:
    """Labels or weights that are given by the names of outputs, or none."""
    return values if isinstance(values, dict) else {}


def of_logits(values: Any, output: dict) -> Any:
    """Labels or weights of the logits, also where they are given by name.

    A single one of a name that no output has is theirs, as in `{"label": y}`.

    Raises:
        ValueError: there are several, or one of another output, and no "logits".
    """
    if not isinstance(values, dict):
        return values
    if "logits" in values:
        return values["logits"]
    if len(values) == 1 and not set(values) & set(output):
        return next(iter(values.values()))
    raise ValueError(
        f'labels and weights by name must have those of "logits", got {sorted(values)}.'
    )


def check_labels(y: Any, output: dict) -> None:
    """Raise ValueError for an array of labels that are not of the output's classes.

    Labels given as arrays are checked here: compiled code cannot raise.
    """
    y, num_classes = of_logits(y, output), output["logits"].shape[-1]
    if y is None or not hasattr(y, "shape"):
        return
    rows = numerics.is_label_rows(y.shape, num_classes)
    y = np.asarray(ops.convert_to_numpy(y))
    if y.dtype.kind not in "biuf" and y.dtype.name != "bfloat16":
        raise not_numbers(f"an array of {y.dtype}", num_classes)
    if rows:
        y = y.astype("float32")
        bad = (y < 0).any(axis=1) | ~(np.abs(y.sum(axis=1) - 1) < 0.01)
        need = (
            "a row of labels must be probabilities that sum to 1, since every sample "
            "is of one class (for several classes a sample this is the wrong model)"
        )
    else:
        bad = (y != np.floor(y)) | (y < 0) | (y >= num_classes)
        need = f"labels must be integers from 0 to {num_classes - 1}"
    if np.any(bad):
        found = y[bad][0] if rows else y[bad].ravel()[0]
        at = int(np.flatnonzero(bad)[0])
        raise ValueError(f"{need}, got {found} at position {at}.")


def check_batch(y: Any, output: dict) -> None:
    """Raise ValueError for a batch without labels, or of strings, as TensorFlow has."""
    if y is None:
        raise ValueError("labels are missing: give x and y, or batches of (x, y).")
    if "string" in str(getattr(y, "dtype", "")):
        raise not_numbers("strings", output["logits"].shape[-1])


def not_numbers(got: str, num_classes: int) -> ValueError:
    """The error for labels that are no numbers."""
    return ValueError(
        f"labels must be integers from 0 to {num_classes - 1}, got {got}: number the "
        "classes, e.g. by np.unique(y, return_inverse=True), or in a data set by "
        "keras.layers.StringLookup(num_oov_indices=0)."
    )


def in_first_form(labels: Any, metrics: Any, num_classes: int) -> Any:
    """Labels in the form of the first that the compiled metrics have seen.

    Keras chooses a metric such as "accuracy" by those. What they were is remembered
    with the metrics, since `compile` makes new ones.
    """
    rows = numerics.is_label_rows(labels.shape, num_classes)
    if not hasattr(metrics, "takes_rows"):
        metrics.takes_rows = rows
    if rows == metrics.takes_rows:
        return labels
    if rows:
        return ops.argmax(labels, axis=-1)
    return numerics.label_weights(labels, num_classes)
