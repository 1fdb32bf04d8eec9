"""PEDCC: the head with predefined, evenly distributed class centroids."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod import centroids as layouts
from keras_pod import numerics
from keras_pod.arguments import class_count, feature_size
from keras_pod.distances import rows_of_labels

# M before the first epoch (POD paper, section 3.2).
INITIAL_MEAN_NORM = 0.05

# Centroids of more numbers than this are not written into the layer's config.
_LARGEST_IN_CONFIG = 2**20


@keras.saving.register_keras_serializable(package="keras_pod")
class PEDCC(keras.layers.Layer):
    """Class scores as norm-adaptive cosines to fixed, evenly spread centroids.

    `scores_j = x . p_j / (||x|| + delta)` with unit centroids p_j that are never
    trained (eq 12 of Zhu & Zu 2022, "A Softmax-free Loss Function Based on
    Predefined Optimal-distribution of Latent Features"). In epoch e, counted from
    1, `delta = alpha * e * M` with M the mean feature norm of the epoch before and
    0.05 at first; `keras_pod.callbacks.NormAdaptiveDelta` keeps it so. Give it to the
    `fit` of a plain `keras.Model`, where nothing else would (`keras_pod.Classifier`
    adds it), and call `set_epoch` in a training loop of your own.
    The largest score is the class of largest cosine (eq 21-24) whatever delta is.

    The four keyword arguments at the end select what the published code does where
    it differs from the paper, one by one.

    Args:
        num_classes: k, at least 2.
        alpha: weight of the adaptive term, >= 0. None or 0: plain cosines.
        centroids: (k, n) array of class centroids, rows are normalised. By default
            `keras_pod.centroids.pedcc(num_classes, n, seed)`. Or the shape (k, n)
            alone: NaN until weights are loaded. The config of a layer with more
            than a million numbers has that; they are in the weights file only.
        seed: chooses the rotation of the default centroids.
        norm: "additive", ||x|| + delta, or "quadratic", sqrt(||x||^2 + delta^2)
            as in the published code.
        delta0: delta of the first epoch; None follows the formula (0.0005 at
            alpha = 0.01), 0.05 is the published code's.
        epoch_offset: added to e in the formula; the published code's is -1.
        norm_of: what M measures, "features" (||x||) or "scores" (||x P^T||, the
            published code's).
        **kwargs: those of `keras.layers.Layer`. The layer always computes in
            float32, or in float64 if `dtype` says so.

    Call arguments:
        x: features, (batch, n).

    Returns:
        scores, (batch, k), float32.

    Attributes:
        centroids: weight (k, n). delta, mean_norm: weights (). None is trainable.

    Raises:
        ValueError: an argument out of its range, or features of another size
            than the centroids.

    Example:

    >>> head = keras_pod.layers.PEDCC(3, alpha=None, centroids=np.eye(3))
    >>> print(ops.convert_to_numpy(head(np.array([[3.0, 4.0, 0.0]]))).round(3))
    [[0.6 0.8 0. ]]
    """

    def __init__(
        self,
        num_classes: int,
        alpha: float | None = 0.01,
        centroids: Any = None,
        seed: int = 0,
        *,
        norm: str = "additive",
        delta0: float | None = None,
        epoch_offset: int = 0,
        norm_of: str = "features",
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype=numerics.wide_dtype(dtype), **kwargs)
        _check(alpha, norm, delta0, epoch_offset, norm_of)
        self.num_classes = class_count(num_classes)
        self.alpha = alpha
        self.seed = seed
        self.norm = norm
        self.delta0 = delta0
        self.epoch_offset = epoch_offset
        self.norm_of = norm_of
        # None, rows (k, n), or the shape of rows that only the weight holds.
        self._given = None
        if centroids is not None:
            self._given = _unit_centroids(centroids, self.num_classes)

    @property
    def adaptive(self) -> bool:
        """Whether delta changes from epoch to epoch."""
        return bool(self.alpha)

    def build(self, input_shape: tuple) -> None:
        rows = self._layout(feature_size(self, input_shape))
        self.centroids = self._frozen("centroids", rows.shape, rows)
        self.mean_norm = self._frozen("mean_norm", (), INITIAL_MEAN_NORM)
        self.delta = self._frozen("delta", (), self._delta(0, INITIAL_MEAN_NORM))
        if self._has_rows and rows.size > _LARGEST_IN_CONFIG:
            self._given = rows.shape

    def _layout(self, dim: int) -> np.ndarray:
        if self._given is None:
            rows = layouts.pedcc(self.num_classes, dim, seed=self.seed)
            if self.num_classes > 2 * dim:
                # Found by a search: keep it in the config, a search may end
                # elsewhere on another machine.
                self._given = rows
            return rows
        shape = np.shape(self._given) if self._has_rows else self._given
        if shape[1] != dim:
            raise ValueError(
                f"PEDCC has centroids of size {shape[1]} but got features of size "
                f"{dim}; set `feature_dim={shape[1]}`, or give centroids of the "
                "features' size."
            )
        return self._given if self._has_rows else np.full(shape, np.nan, "float32")

    @property
    def _has_rows(self) -> bool:
        return isinstance(self._given, np.ndarray)

    def _frozen(self, name: str, shape: tuple, value: Any) -> keras.Variable:
        def initializer(shape: tuple, dtype: Any = None) -> Any:
            return ops.convert_to_tensor(np.broadcast_to(value, shape), dtype=dtype)

        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            trainable=False,
            autocast=False,
        )

    def call(self, x: Any) -> Any:
        inverse = numerics.inverse_norm(x, self.delta, self.norm)
        return ops.matmul(x, ops.transpose(self.centroids)) * inverse

    def cosines(self, x: Any) -> Any:
        """Plain cosines of features (batch, n) to the centroids, (batch, k), eq 24."""
        unit = numerics.unit_rows(ops.cast(x, self.compute_dtype))
        return ops.matmul(unit, ops.transpose(self.centroids))

    def target_centroids(self, y: Any) -> Any:
        """The centroid each label asks for, (batch, n): P[y], or y @ P for soft rows.

        Args:
            y: integers (batch,) or (batch, 1), or one-hot or soft (batch, k).
                An integer outside 0..k-1 gives a row of NaN.
        """
        return rows_of_labels(y, self.centroids)

    def feature_targets(self, y: Any) -> Any:
        """What `keras_pod.Classifier` gives losses on features: `target_centroids`."""
        return self.target_centroids(y)

    def target_scores(self, targets: Any, x: Any) -> Any:
        """Each sample's score of its own class, (batch, 1), without the others'.

        The column of `call` that a label asks for, at a cost that does not depend on k.

        Args:
            targets: `target_centroids` of the labels, (batch, n).
            x: features, (batch, n).
        """
        x = ops.cast(x, self.compute_dtype)
        products = ops.sum(x * targets, axis=-1, keepdims=True)
        return products * numerics.inverse_norm(x, self.delta, self.norm)

    def set_epoch(self, epoch: int) -> None:
        """Sets delta for the epoch, counted from 0, from the present `mean_norm`."""
        mean_norm = float(ops.convert_to_numpy(self.mean_norm))
        self.delta.assign(self._delta(epoch, mean_norm))

    def _delta(self, epoch: int, mean_norm: float) -> float:
        if not self.adaptive:
            return 0.0
        if epoch == 0 and self.delta0 is not None:
            return self.delta0
        return self.alpha * max(epoch + 1 + self.epoch_offset, 0) * mean_norm

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "alpha": self.alpha,
            "centroids": self._given.tolist() if self._has_rows else self._given,
            "seed": self.seed,
            "norm": self.norm,
            "delta0": self.delta0,
            "epoch_offset": self.epoch_offset,
            "norm_of": self.norm_of,
        }


def _check(
    alpha: float | None,
    norm: str,
    delta0: float | None,
    epoch_offset: int,
    norm_of: str,
) -> None:
    for name, value in (("alpha", alpha), ("delta0", delta0)):
        if value is not None and not 0 <= value < float("inf"):
            raise ValueError(f"`{name}` must be None or a number >= 0, got {value}.")
    if epoch_offset != int(epoch_offset):
        raise ValueError(f"`epoch_offset` must be an integer, got {epoch_offset}.")
    choices = {"norm": ("additive", "quadratic"), "norm_of": ("features", "scores")}
    for name, value in (("norm", norm), ("norm_of", norm_of)):
        if value not in choices[name]:
            raise ValueError(f"`{name}` must be one of {choices[name]}, got {value!r}.")


def _unit_centroids(centroids: Any, num_classes: int) -> np.ndarray | tuple[int, int]:
    rows = np.array(ops.convert_to_numpy(centroids))
    if rows.ndim == 1 and len(rows) == 2 and rows[0] == num_classes:
        return int(rows[0]), int(rows[1])
    if rows.dtype != "float32":
        rows = rows.astype("float64")
    if rows.ndim != 2 or rows.shape[0] != num_classes:
        raise ValueError(
            f"`centroids` must have shape (num_classes, n) = ({num_classes}, n), "
            f"got {rows.shape}."
        )
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.all(np.isfinite(norms)) or not np.all(norms > 0):
        raise ValueError("`centroids` must be finite and no row may be zero.")
    # Rows that are unit already, as in a saved config, keep every bit.
    unit = np.abs(norms - 1) < (1e-6 if rows.dtype == "float32" else 1e-12)
    return rows if unit.all() else np.where(unit, rows, rows / norms)
