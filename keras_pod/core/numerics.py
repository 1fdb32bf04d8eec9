"""The few numeric functions that every head and loss here is built on.

They keep three promises whatever the precision policy: norms and Gram matrices
are computed in float32 or wider, a zero row never gives a NaN or an unbounded
gradient, and no sum is formed that cancels.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensor = Any

# Squared norms up to this count as zero: float32 resolves norms down to 1e-12.
_ZERO_SQUARED_NORM = 1e-24

# Up to here R of all columns takes less than to choose the smaller matrix in a graph.
_FEW_COLUMNS = 64

_FLOATS = ("float64", "float32", "float16", "bfloat16")


def wide_dtype(dtype: Any = None) -> str:
    """The dtype to compute norms in: float64 stays, anything else is float32.

    It may be given as a name, a `keras.DTypePolicy`, or None for the global policy.
    """
    policy = keras.dtype_policies.get(dtype) if dtype else keras.config.dtype_policy()
    return "float64" if policy.compute_dtype == "float64" else "float32"


def to_wide(x: Tensor) -> Tensor:
    """`x` in float32, or in float64 if it is that already."""
    x = ops.convert_to_tensor(x)
    return ops.cast(x, wide_dtype(keras.backend.standardize_dtype(x.dtype)))


def row_norm(x: Tensor) -> Tensor:
    """Euclidean norm of each row, (..., n) -> (..., 1), with gradient 0 at a zero row.

    The gradient of a plain square root is infinite at 0 and turns into NaN one
    multiplication later, so the root never sees a zero: it is masked on both sides.
    """
    x = to_wide(x)
    squared = ops.sum(ops.square(x), axis=-1, keepdims=True)
    # Asked this way round, a NaN is not taken for a zero.
    zero = squared <= _ZERO_SQUARED_NORM
    root = ops.sqrt(ops.where(zero, 1.0, squared))
    return ops.where(zero, ops.zeros_like(root), root)


def nan_if_infinite(x: Tensor) -> Tensor:
    """`x` with NaN for what is infinite, so that no finite number is made of it."""
    return ops.where(ops.isinf(x), float("nan"), x)


def inverse_norm(x: Tensor, delta: Tensor = 0.0, norm: str = "additive") -> Tensor:
    """1 / (||x|| + delta), or 1 / sqrt(||x||^2 + delta^2), row by row.

    (..., n) -> (..., 1). The first is `norm` "additive" (eq 12 of the POD paper), the
    second "quadratic" (its code); delta is a constant for differentiation. Where the
    denominator is 0 (a zero row and delta = 0) the result and its gradient are 0. A
    row whose squared norm is beyond its dtype gives NaN: 0 would make a wrong number of
    it that nobody sees.
    """
    x = to_wide(x)
    delta = ops.stop_gradient(ops.cast(delta, x.dtype))
    if norm == "additive":
        denominator = nan_if_infinite(row_norm(x) + delta)
        zero = denominator <= _ZERO_SQUARED_NORM**0.5
        inverse = 1.0 / ops.where(zero, 1.0, denominator)
    else:
        squared = ops.sum(ops.square(x), axis=-1, keepdims=True)
        denominator = nan_if_infinite(squared + ops.square(delta))
        zero = denominator <= _ZERO_SQUARED_NORM
        inverse = ops.rsqrt(ops.where(zero, 1.0, denominator))
    return ops.where(zero, ops.zeros_like(inverse), inverse)


def unit_rows(x: Tensor) -> Tensor:
    """Each row divided by its norm; a zero row stays zero and gets no gradient."""
    x = to_wide(x)
    # Without a delta both forms are one; this one takes half the operations.
    return x * inverse_norm(x, norm="quadratic")


def off_diagonal_energy(d: Tensor) -> Tensor:
    """Sum of the squared off-diagonal entries of d^T d, for d of shape (B, n).

    Through whichever Gram matrix is smaller, where that matters. The (n, n) form masks
    the diagonal rather than subtracting its squares, which would cancel once the
    columns are decorrelated. The gradient, `4 d R` with R the off-diagonal part of
    d^T d, is written out: it takes one product of matrices where automatic
    differentiation takes two. It is not itself differentiable.
    """
    d = ops.convert_to_tensor(d)
    batch, dim = ops.shape(d)
    if dim <= _FEW_COLUMNS:
        return _energy_by_columns(d)
    if isinstance(batch, int):
        return _energy_by_rows(d) if batch < dim else _energy_by_columns(d)
    # TensorFlow graphs do not know the batch size while they are traced.
    return ops.cond(
        batch < dim, lambda: _energy_by_rows(d), lambda: _energy_by_columns(d)
    )


@ops.custom_gradient
def _energy_by_rows(d: Tensor) -> tuple[Tensor, Any]:
    gram = sum(ops.matmul(part, ops.transpose(part)) for part in narrow_parts(d))
    diagonal = ops.sum(ops.square(d), axis=0)
    energy = ops.sum(ops.square(gram)) - ops.sum(ops.square(diagonal))

    def gradient(*args: Tensor, upstream: Tensor = None) -> Tensor:
        # torch names the upstream gradient and gives d first, the others do not.
        factor = 4.0 * (args[0] if upstream is None else upstream)
        return ops.matmul(factor * gram, d) - d * (factor * diagonal)

    return ops.maximum(energy, 0.0), gradient


def narrow_parts(d: Tensor) -> list[Tensor]:
    """Columns in groups: TensorFlow multiplies long, narrow matrices on one core."""
    if keras.backend.backend() != "tensorflow" or d.shape[1] < 1024:
        return [d]
    return ops.split(d, range(512, d.shape[1], 512), axis=1)


@ops.custom_gradient
def _energy_by_columns(d: Tensor) -> tuple[Tensor, Any]:
    gram = ops.matmul(ops.transpose(d), d)
    gram = gram * (1.0 - ops.eye(d.shape[1], dtype=d.dtype))

    def gradient(*args: Tensor, upstream: Tensor = None) -> Tensor:
        factor = 4.0 * (args[0] if upstream is None else upstream)
        return ops.matmul(d, factor * gram)

    return ops.sum(ops.square(gram)), gradient


def target_scores(y_true: Tensor, scores: Tensor) -> Tensor:
    """Each sample's score of its own class: (B,) from labels and scores (B, k).

    Labels are integers (B,) or (B, 1), or one-hot or soft rows (B, k), which weigh the
    scores. Compiled code cannot raise: one that is no integer in 0..k-1 gives NaN.
    """
    y_true, scores = ops.convert_to_tensor(y_true), to_wide(scores)
    if is_label_rows(y_true.shape, scores.shape[-1]):
        return ops.sum(ops.cast(y_true, scores.dtype) * scores, axis=-1)
    return ops.squeeze(_own_scores(y_true, scores)[0], axis=-1)


def _own_scores(y_true: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """The score of each integer label, NaN for a label outside, and its column."""
    index, known = label_index(y_true, scores.shape[-1])
    index = ops.expand_dims(index, -1)
    own = ops.take_along_axis(scores, index, axis=1)
    return ops.where(known, own, float("nan")), index


def one_if_cosine(scores: Tensor) -> Tensor:
    """1 for each score that is a cosine, NaN for one beyond +-1: a factor of losses.

    A hundredth is let pass, since cosines may come out of half precision or of TF32.
    """
    scores = ops.convert_to_tensor(scores)
    return ops.where(ops.abs(scores) > 1.01, float("nan"), ops.ones_like(scores))


def with_margin(
    y_true: Tensor, scores: Tensor, margin: Callable[[Tensor], Tensor]
) -> Tensor:
    """Scores (B, k) with `margin` of a score for it where it is the label's own.

    For label weights y it is `(1 - y) s + y margin(s)`, element by element, and of an
    integer label, as in `target_scores`, the same at a cost that hardly depends on k.
    A label outside 0..k-1 makes a NaN of one of the sample's scores.
    """
    y_true, scores = ops.convert_to_tensor(y_true), to_wide(scores)
    if is_label_rows(y_true.shape, scores.shape[-1]):
        weights = ops.cast(y_true, scores.dtype)
        return (1.0 - weights) * scores + weights * margin(scores)
    own, index = _own_scores(y_true, scores)
    return ops.where(ops.arange(scores.shape[-1]) == index, margin(own), scores)


def is_correct(y_true: Tensor, scores: Tensor) -> Tensor:
    """1 where the largest of scores (B, k) is the label's, else 0, as (B, 1).

    Labels as in `target_scores`; of a soft row the largest entry counts. A label
    outside 0..k-1 gives NaN.
    """
    scores = to_wide(scores)
    dtype = keras.backend.standardize_dtype(scores.dtype)
    labels = label_weights(y_true, scores.shape[-1], dtype)
    same = ops.equal(ops.argmax(labels, axis=-1), ops.argmax(scores, axis=-1))
    known = ops.logical_not(ops.isnan(ops.sum(labels, axis=-1)))
    right = ops.where(known, ops.cast(same, dtype), float("nan"))
    return ops.expand_dims(right, axis=-1)


def label_weights(y_true: Tensor, num_classes: int, dtype: str = "float32") -> Tensor:
    """Labels of any form as float rows (B, k); a label outside 0..k-1 is a NaN row."""
    y_true = ops.convert_to_tensor(y_true)
    if is_label_rows(y_true.shape, num_classes):
        return ops.cast(y_true, dtype)
    index, known = label_index(y_true, num_classes)
    rows = ops.one_hot(index, num_classes, dtype=dtype)
    return ops.where(known, rows, float("nan"))


def label_index(y_true: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Integer labels, of any dtype, as (index (B,), known (B, 1)).

    `known` says which are integers in 0..k-1; the index is 0 where they are not.
    """
    y = ops.reshape(ops.convert_to_tensor(y_true), (-1,))
    dtype = keras.backend.standardize_dtype(y.dtype)
    if dtype not in (*_FLOATS, "int64", "uint32", "uint64"):
        # A narrow integer may not hold k.
        y = ops.cast(y, "int32")
    # The cast below makes 0 of NaN and of -0.5.
    known = ops.logical_and(y >= 0, y < num_classes)
    if dtype in _FLOATS:
        known = ops.logical_and(known, ops.equal(y, ops.floor(y)))
    index = ops.cast(ops.where(known, y, ops.zeros_like(y)), "int32")
    return index, ops.expand_dims(known, -1)


def is_label_rows(shape: tuple, num_classes: int) -> bool:
    """Whether labels of this shape are one-hot or soft rows rather than integers.

    Another shape than (B,), (B, 1) and (B, num_classes) raises ValueError.
    """
    shape = tuple(shape)
    if len(shape) == 2 and shape[1] == num_classes:
        return True
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return False
    raise ValueError(
        f"labels must be integers of shape (batch,) or (batch, 1), or one-hot or "
        f"soft rows of shape (batch, {num_classes}); got shape {shape}."
    )
