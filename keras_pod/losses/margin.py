"""Softmax cross-entropy on cosines with a margin for the target class."""

import contextlib
import contextvars
import math
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import angle, not_negative, positive
from keras_pod.losses.base import WideLoss
from keras_pod.losses.cross_entropy import cross_entropy

# Each thread has its own: the replicas of a model are traced in several.
_share: contextvars.ContextVar = contextvars.ContextVar("margin_share", default=None)


@contextlib.contextmanager
def share_of_margin(share: Any) -> Iterator[None]:
    """Let margin losses that are called meanwhile apply this share of their margin.

    A loss holds no state, so a margin that comes in over the first epochs is a weight
    of the head, which `keras_pod.Classifier` lends to the loss here; None is all of it.
    """
    token = _share.set(share)
    try:
        yield
    finally:
        _share.reset(token)


def auto_scale(num_classes: int) -> float:
    """The scale at which a perfect feature has the probability 0.9999.

    `s = (k - 1) / k log((k - 1) P / (1 - P))` with P = 0.9999: the bound of Wang et al.
    2018 ("CosFace", eq 6) for class weights that are spread evenly. It is 10 for 10
    classes, 14 for 100 and 16 for 1,000.

    >>> [round(auto_scale(k), 1) for k in (10, 100, 1000)]
    [10.3, 13.7, 16.1]
    """
    others = num_classes - 1
    return others / num_classes * math.log(others * 0.9999 / 0.0001)


class MarginLoss(WideLoss):
    """Softmax cross-entropy of scaled cosines, the target's being replaced.

    `L = -log Pr_y` with logits `s f(cos theta_y)` for the target class and
    `s cos theta_j` for the others; a subclass says what f is in `target_cosines`.
    For label weights y_j the logits are `s ((1 - y_j) cos theta_j + y_j f(cos
    theta_j))` and `L = -sum_j y_j log Pr_j`: a class gets the margin in proportion
    to its weight, and one-hot rows equal integers.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: cosines (batch, k) of a head `CosineDense` or `PEDCC(alpha=None)`.

    Other scores than cosines would train another loss: a `keras_pod.Classifier`
    refuses them, and elsewhere one beyond +-1.01 makes the loss NaN.

    Raises:
        ValueError: labels of another shape, or a scale or margin out of its range.
    """

    plain_cosines = True

    def __init__(self, scale: float | str = "auto", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale if scale == "auto" else positive("scale", scale)

    def target_cosines(self, cosines: Any) -> Any:
        """f: what stands for each cosine, of any shape, where it is the target's."""
        raise NotImplementedError

    def call(self, y_true: Any, y_pred: Any) -> Any:
        cosines = numerics.with_margin(y_true, y_pred, self._shared_margin)
        scale = auto_scale(y_pred.shape[-1]) if self.scale == "auto" else self.scale
        known = numerics.one_if_cosine(numerics.target_scores(y_true, y_pred))
        return known * cross_entropy(y_true, scale * cosines)

    def _shared_margin(self, cosines: Any) -> Any:
        """f, or where a head has the margin come in what it asks for."""
        whole, share = self.target_cosines(cosines), _share.get()
        if share is None:
            return whole
        return cosines + ops.cast(share, cosines.dtype) * (whole - cosines)


def combined_margin(
    cosines: Any, m1: float = 1.0, m2: float = 0.0, m3: float = 0.0
) -> Any:
    """`cos(m1 theta + m2) - m3` from cos theta, never rising as theta does.

    The naive form rises again where m1 theta + m2 passes pi, at theta_0 = (pi - m2) /
    m1. From there on it is `cos theta - d sin d - m3` with d = pi - theta_0, for
    ArcFace the usual `cos theta - m sin m`; where that would step up (d > 2.33) the
    constant is the one that makes it continuous.

    >>> round(float(combined_margin(np.array(0.6), m2=0.5)), 4)
    0.143
    """
    last = (math.pi - m2) / m1
    if m1 == 1.0:
        # No arccos: its derivative is infinite at cosines of 1 and -1.
        shifted = cosines * math.cos(m2) - _sine(cosines) * math.sin(m2)
    else:
        shifted = ops.cos(m1 * ops.arctan2(_sine(cosines), cosines) + m2)
    if last < math.pi:
        rest = math.pi - last
        drop = max(rest * math.sin(rest), 1.0 - math.cos(rest))
        shifted = ops.where(cosines >= math.cos(last), shifted, cosines - drop)
    return shifted - m3


def shifted_cosines(cosines: Any, angles: Any) -> Any:
    """`cos(theta + a)` from cos theta, for an angle a of each sample, in (-pi, pi).

    Like `combined_margin` it never rises with theta: beyond pi it is
    `cos theta - a sin a`, and where theta + a is below 0 it is 1.

    >>> round(float(shifted_cosines(np.array(0.6), np.array(0.5))), 4)
    0.143
    """
    cos, sin = ops.cos(angles), ops.sin(angles)
    shifted = cosines * cos - _sine(cosines) * sin
    beyond = ops.logical_and(angles > 0.0, cosines < -cos)
    drop = ops.maximum(angles * sin, 1.0 - cos)
    shifted = ops.where(beyond, cosines - drop, shifted)
    below = ops.logical_and(angles < 0.0, cosines > cos)
    return ops.where(below, ops.ones_like(shifted), shifted)


def _sine(cosines: Any) -> Any:
    """sin theta >= 0 from cos theta, with value and gradient 0 at cosines of +-1."""
    squared = (1.0 - cosines) * (1.0 + cosines)
    positive = squared > 0.0
    root = ops.sqrt(ops.where(positive, squared, 1.0))
    return ops.where(positive, root, ops.zeros_like(root))


@keras.saving.register_keras_serializable(package="keras_pod")
class CombinedMarginLoss(MarginLoss):
    """CM(m1, m2, m3): multiplicative, additive angular and additive cosine margin.

    Softmax cross-entropy with target logit `s (cos(m1 theta_y + m2) - m3)` and others
    `s cos theta_j` (Deng et al. 2019, "ArcFace"; Table IV of Zhu & Zu 2022 uses
    (0.9, 0.4, 0.15)). `combined_margin` says what happens beyond pi; labels are as in
    `MarginLoss`.

    Args:
        m1: factor of the angle, > 0.
        m2: margin added to the angle, 0 <= m2 < pi.
        m3: margin taken from the cosine, >= 0.
        scale: s > 0, or "auto" for `auto_scale(k)`; 64 in the paper that combines
            them.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k).
        y_pred: cosines, (batch, k).

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    >>> loss = keras_pod.losses.CombinedMarginLoss(0.9, 0.4, 0.15, scale=10)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)
    0.7985
    """

    def __init__(
        self,
        m1: float = 1.0,
        m2: float = 0.0,
        m3: float = 0.0,
        scale: float | str = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(scale, **kwargs)
        self.m1 = positive("m1", m1)
        self.m2 = angle("m2", m2)
        self.m3 = not_negative("m3", m3)

    def target_cosines(self, cosines: Any) -> Any:
        return combined_margin(cosines, self.m1, self.m2, self.m3)


@keras.saving.register_keras_serializable(package="keras_pod")
class ArcFaceLoss(MarginLoss):
    """ArcFace: target logit `s cos(theta_y + m)` (Deng et al. 2019), CM(1, m, 0).

    Beyond theta = pi - m it is `s (cos theta_y - m sin m)`, see `combined_margin`.
    At pi - m the target's logit is lowest and has no gradient, and s multiplies all
    gradients: with the paper's s = 64 begin with a small learning rate, such as 0.003
    for SGD with momentum. `keras_pod.callbacks.RaiseMargin` lets the margin come in.
    The scores must be the cosines of a `keras_pod.layers.CosineDense` or the like; with
    those of a `keras.layers.Dense` the loss of a plain model is NaN.

    Args:
        margin: m in radians, 0 <= m < pi.
        scale: s > 0, or "auto" for `auto_scale(k)`; 64 in the paper.
        **kwargs: as in `CombinedMarginLoss`.

    >>> loss = keras_pod.losses.ArcFaceLoss(margin=0.5, scale=10)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)
    1.0182
    """

    usual_name = "arcface"

    def __init__(
        self, margin: float = 0.5, scale: float | str = "auto", **kwargs: Any
    ) -> None:
        super().__init__(scale, **kwargs)
        self.margin = angle("margin", margin)

    def target_cosines(self, cosines: Any) -> Any:
        return combined_margin(cosines, m2=self.margin)


@keras.saving.register_keras_serializable(package="keras_pod")
class AMSoftmaxLoss(MarginLoss):
    """AM-Softmax (CosFace): target logit `s (cos theta_y - m)`, CM(1, 0, m).

    Eq 2 of Zhu et al. 2020, "Improving Classification Performance of Softmax Loss
    Function Based on Scalable Batch-Normalization", which runs (s, m) = (7.5, 0.35)
    and (10, 0.5).

    Args:
        margin: m >= 0.
        scale: s > 0, or "auto" for `auto_scale(k)`; 30 in Wang et al. 2018, "Additive
            Margin Softmax".
        **kwargs: as in `CombinedMarginLoss`.

    >>> loss = keras_pod.losses.AMSoftmaxLoss(margin=0.35, scale=10)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)
    0.4741
    """

    def __init__(
        self, margin: float = 0.35, scale: float | str = "auto", **kwargs: Any
    ) -> None:
        super().__init__(scale, **kwargs)
        self.margin = not_negative("margin", margin)

    def target_cosines(self, cosines: Any) -> Any:
        return cosines - self.margin


@keras.saving.register_keras_serializable(package="keras_pod")
class CosSoftmaxLoss(MarginLoss):
    """Cos-Softmax: softmax cross-entropy of `s cos theta_j`, without a margin.

    Section 4.1 of Zhang et al. 2020, "RBF-Softmax", compares with it.

    Args:
        scale: s > 0, or "auto" for `auto_scale(k)`. The paper does not say.
        **kwargs: as in `CombinedMarginLoss`.

    >>> loss = keras_pod.losses.CosSoftmaxLoss(scale=10)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)
    0.0181
    """

    def target_cosines(self, cosines: Any) -> Any:
        return cosines
