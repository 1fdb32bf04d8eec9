"""The pairs of a batch, for losses that compare its samples with each other."""

from typing import Any

from keras import ops


def class_column(y_true: Any) -> Any:
    """Each label's class as a column, (batch, 1); of rows their largest entry."""
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) not in (1, 2):
        raise ValueError(
            "labels must be integers of shape (batch,) or (batch, 1), or one-hot or "
            f"soft rows of shape (batch, k); got shape {tuple(y_true.shape)}."
        )
    if len(y_true.shape) == 2 and y_true.shape[1] != 1:
        y_true = ops.argmax(y_true, axis=1)
    return ops.reshape(y_true, (-1, 1))


def same_and_self(y: Any) -> tuple[Any, Any]:
    """Which pairs are of one class, and which of one sample, both (batch, batch).

    >>> same, itself = same_and_self(np.array([[3], [1], [3]]))
    >>> ops.convert_to_numpy(same & ~itself).astype(int).tolist()
    [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """
    place = ops.arange(ops.shape(y)[0])
    itself = ops.equal(ops.expand_dims(place, 0), ops.expand_dims(place, 1))
    return ops.equal(y, ops.transpose(y)), itself


def mean_of(losses: Any, counts: Any, features: Any) -> Any:
    """The mean of the losses that count, or 0, for every sample of this device.

    The losses, (batch,), are of the whole batch, the features of this device's part.
    """
    counts = ops.cast(counts, losses.dtype)
    # A product, so that NaN stays NaN.
    value = ops.sum(losses * counts) / ops.maximum(ops.sum(counts), 1.0)
    return ops.broadcast_to(value, (ops.shape(features)[0],))
