"""POD Loss: NaC on the scores, SC (self-correlation) on the features."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of, feature_size, not_negative
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.decorrelation import unit_columns
from keras_pod.losses.nac import CompetingNaCLoss, NaCLoss

# A sum of weights below it is 0.
_LEAST_WEIGHT = 1e-30
# Degrees of freedom below it are those of one sample, which are 0 but for rounding.
_ALONE = 1e-6


def pod(
    lam: float = 1.0,
    sc_normalise: str | None = "n-1",
    sync: str = "global",
    competition: float = 0.0,
    scale: float = 16.0,
    weighted: bool = False,
) -> dict[str, Any]:
    """POD Loss for `compile(loss=...)` of a `keras_pod.Classifier`.

    `L_POD = L_NaC + lambda * L_SC` (eq 20 of Zhu & Zu 2022).

    SC needs the centroid of each sample's class, which only a `Classifier` looks up.
    In `fit` of any other model Keras stops before it has called either loss. A
    `Sequential` says `'NoneType' object is not iterable`. A functional model with one
    output, here `dense`, says `Expected keys ['dense'] in loss dict, but found
    loss.keys()=['logits', 'features']`. One of both outputs, or a subclass, says
    `y_true and y_pred have different structures`. Make a `backbone` of the layers
    before the last one, `keras.Model(old.inputs, old.layers[-2].output)`:

    ```
    model = keras_pod.Classifier.from_backbone(backbone, keras_pod.layers.PEDCC(10))
    model.compile("sgd", loss=keras_pod.losses.pod())
    ```

    Args:
        lam: lambda, >= 0; 1 in the paper.
        sc_normalise: "n-1" divides SC by n - 1, as the newest published code does;
            None is eq 18 as printed, which is n - 1 times stronger and wants a smaller
            learning rate. From which of the two the published tables come is not known.
        sync: with `tf.distribute`, SC of the "global" batch or of each "replica"'s
            part of it.
        competition: weight of a softmax cross-entropy beside NaC, as
            `CompetingNaCLoss` adds it; 0 is the paper's POD Loss. 0.1 helps where
            classes are many and alike.
        scale: of the scores in that cross-entropy.
        weighted: whether sample and class weights make SC's correlations too. NaC has
            them always.

    Returns:
        `{"logits": NaCLoss(), "features": SelfCorrelationLoss(weight=lam)}`, with
        `CompetingNaCLoss` in place of `NaCLoss` if there is competition.

    Raises:
        ValueError: a negative `lam` or `competition`, a `scale` that is not positive,
            or an unknown `sc_normalise` or `sync`.

    >>> keras_pod.losses.pod(lam=0.5)["features"].weight
    0.5
    >>> keras_pod.losses.pod(competition=0.1)["logits"].weight
    0.1
    """
    # By their names here, which those of the losses are not.
    lam = not_negative("lam", lam)
    competition = not_negative("competition", competition)
    check_one_of("sc_normalise", sc_normalise, (None, "n-1"))
    logits = CompetingNaCLoss(competition, scale) if competition else NaCLoss()
    features = SelfCorrelationLoss(lam, sc_normalise, sync=sync, weighted=weighted)
    return {"logits": logits, "features": features}


@keras.saving.register_keras_serializable(package="keras_pod")
class SelfCorrelationLoss(WeightedLoss):
    """Self-correlation constraint on features, relative to their class centroids.

    `L = weight * sum_i sum_{j != i} R_ij^2` with `R = D^T D / (B - 1)` (n, n) and
    `D = X / ||X|| - P[y]` (eq 18, 19 of Zhu & Zu 2022; samples are rows here).
    It never changes a feature's norm, and is 0 for a batch of one.

    The value belongs to the whole batch: every sample gets the same, so that
    Keras's mean over samples and over devices is right. Sample weights therefore
    only rescale it, and `keras_pod.Classifier` keeps them away from it, but for
    `weighted=True`. Then R is the covariance of the weighted samples,
    `R = D^T diag(w) D / (sum_i w_i - sum_i w_i^2 / sum_i w_i)`, as `aweights` of
    `numpy.cov` make it: a weight of 0 leaves the sample out, and equal weights of any
    size change nothing.

    Args:
        weight: lambda of the POD Loss (eq 20), >= 0.
        normalise: "n-1" divides by n - 1, as the published code does; None is eq 18
            as printed, n - 1 times stronger at the same weight.
        center: subtract from D its mean over the batch first.
        standardise: divide the columns of D by their standard deviation first
            (implies `center`), so that R holds correlation coefficients.
        sync: with `tf.distribute`, "global" for R of the whole batch, which is the
            loss that one device has, or "replica" for R of each replica's own part,
            which spares gathering D. On JAX it is always of the whole batch.
        weighted: whether sample and class weights, >= 0, make R.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the centroid of each sample's class, (batch, n).
        y_pred: features, (batch, n), of any norm.

    Raises:
        ValueError: an argument out of its range, or targets and features of
            different sizes.

    >>> targets = np.array([[1.0, 0, 0], [-1.0, 0, 0], [1.0, 0, 0]])
    >>> features = np.array([[0.6, 0.8, 0], [-0.6, 0, 0.8], [0, 0.6, 0.8]])
    >>> loss = keras_pod.losses.SelfCorrelationLoss(normalise=None)
    >>> round(float(loss(targets, features)), 4)
    0.6536
    """

    def __init__(
        self,
        weight: float = 1.0,
        normalise: str | None = "n-1",
        center: bool = False,
        standardise: bool = False,
        sync: str = "global",
        weighted: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, **kwargs)
        check_one_of("normalise", normalise, (None, "n-1"))
        check_one_of("sync", sync, ("global", "replica"))
        self.normalise = normalise
        self.center = center
        self.standardise = standardise
        self.sync = sync
        self.takes_weights = self.weighted = weighted

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if not self.weighted or sample_weight is None:
            return super().__call__(y_true, y_pred, sample_weight)
        # Given as weights, Keras would multiply the samples' losses by them.
        return super().__call__((y_true, sample_weight), y_pred)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true, weights = y_true if isinstance(y_true, tuple) else (y_true, None)
        dim = feature_size(self, y_pred.shape)
        if y_true.shape[-1] != dim:
            raise ValueError(
                f"targets of shape {tuple(y_true.shape)} do not fit features of shape "
                f"{tuple(y_pred.shape)}: this loss takes the centroid of each sample's "
                "class, which `keras_pod.Classifier` looks up from plain labels."
            )
        whole = whole_batch if self.sync == "global" else lambda x: x
        residual = whole(numerics.unit_rows(y_pred) - y_true)
        if weights is not None:
            weights = whole(ops.reshape(weights, (-1, 1)))
            # They sum to 1, or to 0 where all are 0.
            weights = weights / ops.maximum(ops.sum(weights), _LEAST_WEIGHT)
        residual, degrees = self._weighed(residual, weights)
        alone = degrees < _ALONE
        degrees = ops.where(alone, 1.0, degrees)
        if self.standardise:
            residual = unit_columns(residual) * ops.sqrt(degrees)
        scale = self.weight
        if self.normalise == "n-1":
            scale = scale / max(dim - 1, 1)
        energy = scale * numerics.off_diagonal_energy(residual) / ops.square(degrees)
        energy = ops.where(alone, ops.zeros_like(energy), energy)
        return ops.broadcast_to(energy, (ops.shape(y_pred)[0],))

    def _weighed(self, residual: Any, weights: Any) -> tuple[Any, Any]:
        """Rows whose products over the degrees of freedom make R, and those."""
        centers = self.center or self.standardise
        if weights is None:
            if centers:
                residual -= ops.mean(residual, axis=0, keepdims=True)
            return residual, ops.cast(ops.shape(residual)[0], residual.dtype) - 1.0
        if centers:
            residual = residual - ops.sum(weights * residual, axis=0, keepdims=True)
        return residual * ops.sqrt(weights), 1.0 - ops.sum(ops.square(weights))
