"""Squared distances of features to prototypes, and the row that a label asks for."""

from typing import Any

from keras import ops

from keras_pod.core import numerics

Tensor = Any

# Floats per sample that the direct difference may hold at once.
_CHUNK = 2**15


def squared_distances(x: Tensor, rows: Tensor, exact: bool = False) -> Tensor:
    """`d_ij = ||x_i - w_j||^2` for features (B, n) and prototypes (k, n), as (B, k).

    Through `||x||^2 + ||w||^2 - 2 x.w`, which needs B k floats rather than B k n,
    after the mean prototype has been subtracted from both. The error is about
    1e-7 of the squared norms that are left (1e-3 of them where the hardware
    multiplies float32 in TF32), so a distance far smaller than that is lost:
    at norms near 20 and n = 512 it is 1e-4, at norms near 200 it is 1e-2. `exact`
    replaces the values by those of the direct difference, a few prototypes at a time;
    the gradient stays that of the expanded form, which does not suffer.

    Features whose squared norm is beyond float32 give NaN: an infinite distance is a
    kernel of 0, and so a finite loss that nobody sees to be wrong. The gradient is
    written out, which holds fewer tensors of the prototypes' size; it is not itself
    differentiable.
    """
    x = numerics.to_wide(x)
    rows = ops.cast(rows, x.dtype)
    middle = ops.stop_gradient(ops.mean(rows, axis=0, keepdims=True))
    d = _expanded(x - middle, rows - middle)
    return d + ops.stop_gradient(_direct(x, rows) - d) if exact else d


@ops.custom_gradient
def _expanded(x: Tensor, rows: Tensor) -> tuple[Tensor, Any]:
    d = numerics.nan_if_infinite(_squares(x)) - 2.0 * ops.matmul(x, ops.transpose(rows))
    d = d + ops.transpose(_squares(rows))

    def gradient(*args: Tensor, upstream: Tensor = None) -> tuple[Tensor, Tensor]:
        # torch names the upstream gradient and gives x first, the others do not.
        g = 2.0 * (args[0] if upstream is None else upstream)
        to_x = x * ops.sum(g, axis=1, keepdims=True) - ops.matmul(g, rows)
        g = ops.transpose(g)
        to_rows = rows * ops.sum(g, axis=1, keepdims=True) - ops.matmul(g, x)
        return to_x, to_rows

    # The gradient is that without the limit: a negative d is a rounding error, and
    # still has to pull.
    return ops.maximum(d, 0.0), gradient


def _squares(x: Tensor) -> Tensor:
    # As a product: of a sum of squares XLA holds all the squares.
    return ops.expand_dims(ops.einsum("ij,ij->i", x, x), axis=-1)


def _direct(x: Tensor, rows: Tensor) -> Tensor:
    x, rows = ops.stop_gradient(x), ops.stop_gradient(rows)
    count, dim = rows.shape
    step = max(1, _CHUNK // dim)
    parts = [
        ops.sum(ops.square(x[:, None] - rows[None, at : at + step]), axis=-1)
        for at in range(0, count, step)
    ]
    return ops.concatenate(parts, axis=-1)


def rows_of_labels(y: Tensor, rows: Tensor) -> Tensor:
    """The row that each label asks for: `rows[y]`, or `y @ rows` for soft labels.

    Labels are integers (B,) or (B, 1), of which one outside 0..k-1 gives a row of NaN,
    or one-hot or soft rows (B, k).
    """
    y, rows = ops.convert_to_tensor(y), ops.convert_to_tensor(rows)
    num_classes = rows.shape[0]
    if numerics.is_label_rows(y.shape, num_classes):
        return ops.matmul(ops.cast(y, rows.dtype), rows)
    index, known = numerics.label_index(y, num_classes)
    # Without it the gradient of a weight is sparse on TensorFlow, a row for each
    # label, and clipping takes the norm of these instead of the norm of their sum.
    rows = ops.reshape(rows, rows.shape)
    # A sum rather than a choice of rows, since TensorFlow broadcasts it faster.
    nan = ops.cast(ops.where(known, 0.0, float("nan")), rows.dtype)
    return ops.take(rows, index, axis=0) + nan
