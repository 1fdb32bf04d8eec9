"""PEDCC: the head with predefined, evenly distributed class centroids."""

import logging
import numbers
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod import centroids as layouts
from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of, feature_size, integer, not_negative
from keras_pod.core.distances import rows_of_labels
from keras_pod.layers.given_centroids import to_config, unit_centroids
from keras_pod.layers.head import Head

# M before the first epoch (POD paper, section 3.2).
INITIAL_MEAN_NORM = 0.05


@keras.saving.register_keras_serializable(package="keras_pod")
class PEDCC(Head):
    """Class scores as norm-adaptive cosines to fixed, evenly spread centroids.

    `scores_j = x . p_j / (||x|| + delta)` with unit centroids p_j that are never
    trained (eq 12 of Zhu & Zu 2022, "A Softmax-free Loss Function Based on
    Predefined Optimal-distribution of Latent Features"). With epochs counted from 0,
    as Keras counts, `delta = alpha * (epoch + 1) * M`, M being the mean feature norm
    of the epoch before and 0.05 at first; the paper's e is `epoch + 1`.
    `keras_pod.callbacks.NormAdaptiveDelta` keeps it so. Give it to the `fit` of a
    plain `keras.Model`, where nothing else would (`keras_pod.Classifier` adds it),
    and call `set_epoch(epoch, mean_norm)` in a training loop of your own; a head that
    is trained without either warns. The largest score is the class of largest cosine
    (eq 21-24) whatever delta is.

    Features whose norm is beyond 1e19, so that its square is no float32, give NaN.

    The four keyword arguments at the end select what the published code does where
    it differs from the paper, one by one.

    Args:
        num_classes: k, at least 2.
        alpha: weight of the adaptive term, 0 to 10. None or 0: plain cosines.
        centroids: (k + reserved, n) array of class centroids, rows are normalised.
            By default `keras_pod.centroids.pedcc(k + reserved, n, seed)`. The config
            of a layer holds them, but where they are more than a million numbers:
            then they are in the weights alone, and NaN until those are loaded.
        seed: chooses the rotation of the default centroids.
        norm: what products are divided by: "additive", ||x|| + delta, "quadratic",
            sqrt(||x||^2 + delta^2) as in the published code, or "none", by nothing.
            With "none" and without an alpha the scores are `x . p_j`, those of
            maximum class separation (Kasarla et al. 2022).
        delta0: delta of the first epoch; None follows the formula (0.0005 at
            alpha = 0.01), 0.05 is the published code's. Only with an alpha > 0.
        epoch_offset: added to the paper's e; the published code's is -1.
        norm_of: what M measures, "features" (||x||) or "scores" (||x P^T||, the
            published code's).
        reserved: m, how many classes to leave room for. The centroids are laid out
            for k + m classes, and only the first k are scored and trained on;
            `extended` then adds classes without moving the old ones.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        centroids: weight (k, n). delta, mean_norm: weights ().
        reserved_centroids: weight (reserved, n), None if reserved = 0.
        No weight is trainable.

    Raises:
        ValueError: an argument out of its range, or features of another size
            than the centroids.

    >>> head = keras_pod.layers.PEDCC(3, alpha=None, centroids=np.eye(3))
    >>> print(ops.convert_to_numpy(head(np.array([[3.0, 4.0, 0.0]]))).round(3))
    [[0.6 0.8 0. ]]
    """

    fixed = True

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
        reserved: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        self.alpha = alpha
        self.seed = seed
        self.norm = norm
        self.delta0 = delta0
        self.epoch_offset = epoch_offset
        self.norm_of = norm_of
        self._check()
        self.adaptive = bool(alpha)
        self.measured = ("cosine",) * self.adaptive
        self.measured += ("score_norm",) * (norm_of == "scores")
        self.gives_cosines = not self.adaptive and norm != "none"
        self.reserved = integer("reserved", reserved, 0)
        self.reserved_centroids = None
        self._given = None
        if centroids is not None:
            total = self.num_classes + self.reserved
            self._given = unit_centroids(centroids, total, self.variable_dtype)
        # Whether a config must hold the centroids: the seed alone does not give them.
        self._kept = self._given is not None
        self._epoch_known = False

    def _check(self) -> None:
        for name in ("alpha", "delta0"):
            if (value := getattr(self, name)) is not None:
                not_negative(name, value)
        if self.alpha and self.alpha > 10:
            raise ValueError(
                f"`alpha` must be at most 10, got {self.alpha}: it is no feature size."
            )
        if self.delta0 is not None and not self.alpha:
            raise ValueError(
                f"`delta0` is of the adaptive term, which alpha={self.alpha} leaves "
                f"out, got {self.delta0}: give an alpha > 0, or leave delta0 out."
            )
        if not isinstance(self.epoch_offset, numbers.Integral):
            raise ValueError(
                f"`epoch_offset` must be an integer, got {self.epoch_offset}."
            )
        check_one_of("norm", self.norm, ("additive", "quadratic", "none"))
        check_one_of("norm_of", self.norm_of, ("features", "scores"))
        if self.norm == "none" and self.alpha:
            raise ValueError(
                f"`norm` 'none' leaves out the denominator that alpha={self.alpha} is "
                "part of: give alpha=None, or another norm."
            )

    def build(self, input_shape: tuple) -> None:
        rows, k = self._layout(feature_size(self, input_shape)), self.num_classes
        self.centroids = self._frozen("centroids", rows[:k])
        self.mean_norm = self._frozen("mean_norm", INITIAL_MEAN_NORM)
        self.delta = self._frozen("delta", self._delta(0, INITIAL_MEAN_NORM))
        if self.reserved:
            self.reserved_centroids = self._frozen("reserved_centroids", rows[k:])

    def _layout(self, dim: int) -> np.ndarray:
        if self._given is None:
            total = self.num_classes + self.reserved
            # A search may end elsewhere on another machine.
            self._kept = layouts.is_searched(total, dim)
            return layouts.pedcc(total, dim, seed=self.seed, dtype=self.variable_dtype)
        if self._given.shape[1] != dim:
            size = self._given.shape[1]
            raise ValueError(
                f"PEDCC has centroids of size {size} but got features of size {dim}; "
                f"set `feature_dim={size}`, or give centroids of the features' size."
            )
        # The weights hold them from now on.
        rows, self._given = self._given, None
        return rows

    def _frozen(self, name: str, value: Any) -> keras.Variable:
        return self.state(name, np.shape(value), _Values(value))

    def call(self, x: Any, training: bool | None = None) -> Any:
        if training and self.adaptive and not self._epoch_known:
            self._epoch_known = True
            self._warn("delta")
        return self._divided(ops.matmul(x, ops.transpose(self.centroids)), x)

    def _divided(self, products: Any, x: Any) -> Any:
        if self.norm == "none":
            return products
        return products * numerics.inverse_norm(x, self.delta, self.norm)

    def _warn(self, what: str) -> None:
        logging.getLogger("keras_pod").warning(
            f"PEDCC(alpha={self.alpha}) is trained, but nothing updates its {what}: "
            "`fit` a keras_pod.Classifier, give the `fit` of another model the callback"
            " keras_pod.callbacks.NormAdaptiveDelta(data=x_train), or in a loop of your"
            " own call `head.set_epoch(epoch, mean_norm)` before every epoch."
        )

    def cosines(self, x: Any) -> Any:
        """Plain cosines of features (batch, n) to the centroids, (batch, k) (eq 24)."""
        unit = numerics.unit_rows(ops.cast(x, self.compute_dtype))
        return ops.matmul(unit, ops.transpose(self.centroids))

    def all_centroids(self) -> np.ndarray:
        """The centroids of the classes, then the reserved ones, (k + reserved, n)."""
        if self._given is not None:
            return self._given
        rows = ops.convert_to_numpy(self.centroids)
        if not self.reserved:
            return rows
        return np.concatenate([rows, ops.convert_to_numpy(self.reserved_centroids)])

    def target_centroids(self, y: Any) -> Any:
        """The centroid each label asks for, (batch, n): P[y], or y @ P for soft rows.

        An integer outside 0..k-1 gives a row of NaN.
        """
        return rows_of_labels(y, self.centroids)

    def feature_targets(self, y: Any) -> Any:
        return self.target_centroids(y)

    def class_vectors(self) -> np.ndarray | None:
        return ops.convert_to_numpy(self.centroids)

    def callbacks(self) -> list[keras.callbacks.Callback]:
        # Callbacks look for the heads that they are for.
        from keras_pod.callbacks import NormAdaptiveDelta

        return [NormAdaptiveDelta()] if self.adaptive else []

    def measure(self, y: Any, x: Any) -> tuple:
        found, x = [], ops.cast(x, self.compute_dtype)
        # The cosine is what the loss is without delta; the norm is for delta.
        if "cosine" in self.measured:
            products = numerics.unit_rows(x) * self.target_centroids(y)
            found.append(ops.sum(products, axis=-1))
        if "score_norm" in self.measured:
            scores = ops.matmul(x, ops.transpose(self.centroids))
            found.append(numerics.row_norm(scores))
        return tuple(found)

    def target_scores(self, targets: Any, x: Any) -> Any:
        x = ops.cast(x, self.compute_dtype)
        return self._divided(ops.sum(x * targets, axis=-1, keepdims=True), x)

    def set_epoch(self, epoch: int, mean_norm: Any = None) -> None:
        """Set delta for an epoch, before it begins.

        Args:
            epoch: counted from 0.
            mean_norm: M, the mean feature norm over the epoch before, which the weight
                of that name then holds. None takes what the weight holds, as before
                the first epoch.

        >>> head = keras_pod.layers.PEDCC(3, alpha=0.1)
        >>> head.build((None, 4))
        >>> head.set_epoch(1, mean_norm=2.0)  # 0.1 * 2 * M
        >>> round(float(head.delta), 4)
        0.4
        """
        again, self._epoch_known = self._epoch_known, True
        if epoch == 0 and not self.built:
            # A subclass of `keras.Model` is built by its first batch: then it is set.
            return
        if mean_norm is not None:
            self.mean_norm.assign(mean_norm)
        elif epoch and again and self.adaptive and not self.was_measured():
            self._warn("mean norm")
        self.delta.assign(self._delta(epoch, self._mean_norm()))

    def was_measured(self) -> bool:
        """Whether `mean_norm` is another than before any training."""
        return abs(self._mean_norm() - INITIAL_MEAN_NORM) > 1e-6

    def _mean_norm(self) -> float:
        return float(ops.convert_to_numpy(self.mean_norm))

    def extended(self, classes: int) -> "PEDCC":
        """A head with `classes` more classes, which take reserved centroids.

        The first k centroids, and those still reserved, keep every bit; so do delta
        and `mean_norm` if this head is built. This head stays as it is.

        Args:
            classes: how many of the reserved centroids to use, 1..reserved.

        Raises:
            ValueError: fewer centroids are reserved.

        >>> head = keras_pod.layers.PEDCC(3, reserved=2)
        >>> head.build((None, 8))
        >>> larger = head.extended(1)
        >>> larger.num_classes, larger.reserved, tuple(larger.centroids.shape)
        (4, 1, (4, 8))
        """
        if integer("classes", classes, 1) > self.reserved:
            raise ValueError(
                f"`classes` must be at most {self.reserved}, the number of reserved "
                f"centroids, got {classes}; reserve more, `PEDCC(..., reserved=m)`, "
                "before training."
            )
        config = self.get_config()
        config["num_classes"] += int(classes)
        config["reserved"] -= int(classes)
        # A config leaves out very many of them.
        if self.built or self._given is not None:
            config["centroids"] = self.all_centroids()
        head = type(self).from_config(config)
        if not self.built:
            return head
        head.build((None, self.centroids.shape[1]))
        # As numbers: on JAX two variables would share an array, which a step of the
        # one model may give away.
        head.mean_norm.assign(self._mean_norm())
        head.delta.assign(float(ops.convert_to_numpy(self.delta)))
        return head

    def _delta(self, epoch: int, mean_norm: float) -> float:
        if not self.alpha:
            return 0.0
        if epoch == 0 and self.delta0 is not None:
            return self.delta0
        return self.alpha * max(epoch + 1 + self.epoch_offset, 0) * mean_norm

    def get_config(self) -> dict:
        centroids = to_config(self.all_centroids()) if self._kept else None
        return {**super().get_config(), "centroids": centroids}


class _Values(keras.initializers.Initializer):
    """Known values: for large weights that JAX devices share, no function will do."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __call__(self, shape: tuple, dtype: Any = None) -> Any:
        return ops.convert_to_tensor(self.values, dtype=dtype)
