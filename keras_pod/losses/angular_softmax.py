"""psi, the angular margin of L- and A-Softmax, and A-Softmax on plain cosines."""

import math
from typing import Any

import keras
from keras import ops

from keras_pod.core.arguments import integer, not_negative
from keras_pod.losses.margin import MarginLoss


def angular_psi(cosines: Any, margin: int = 4, anneal: Any = 0.0) -> Any:
    """The falling continuation of cos(m theta), softened by annealing.

    `psi(theta) = (-1)^q cos(m theta) - 2 q` for theta in [q pi / m, (q + 1) pi / m]
    (Liu et al. 2016, "Large-Margin Softmax Loss"), then `(a cos theta + psi) /
    (1 + a)`. cos(m theta) is the Chebyshev polynomial of the cosine and q counts the
    bounds that the cosine is below, so there is no arccos and every gradient is
    finite.

    Args:
        cosines: of any shape.
        margin: m, an integer >= 1.
        anneal: a >= 0; the margin is off for a -> infinity.

    >>> round(float(angular_psi(np.array(0.6), margin=4)), 4)
    -1.1568
    """
    before, multiple = 1.0, cosines
    for _ in range(margin - 1):
        before, multiple = multiple, 2.0 * cosines * multiple - before
    q = ops.zeros_like(cosines)
    for i in range(1, margin):
        q += ops.cast(cosines <= math.cos(i * math.pi / margin), q.dtype)
    sign = 1.0 - 2.0 * ops.mod(q, 2.0)
    psi = sign * multiple - 2.0 * q
    return (anneal * cosines + psi) / (1.0 + anneal)


@keras.saving.register_keras_serializable(package="keras_pod")
class ASoftmaxLoss(MarginLoss):
    """A-Softmax (SphereFace) on cosines: target logit `s psi(theta_y)`.

    Softmax cross-entropy with others `s cos theta_j` and psi as in `angular_psi`:
    the form with normalised features, which needs no annealing. The published form
    scales by the feature's norm instead of s, and L-Softmax by the class weight's
    too: for these use the head `AngularDense`, which knows the norms, with
    `CrossEntropyLoss`.

    Args:
        margin: m, an integer >= 1.
        scale: s > 0, or "auto", as for `AMSoftmaxLoss`.
        anneal: a >= 0, constant; 0 is the full margin.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k), which
            get the margin in proportion.
        y_pred: cosines, (batch, k).

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    >>> loss = keras_pod.losses.ASoftmaxLoss(margin=2, scale=1)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)
    0.9617
    """

    def __init__(
        self,
        margin: int = 4,
        scale: float | str = "auto",
        anneal: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(scale, **kwargs)
        self.margin = integer("margin", margin, 1)
        self.anneal = not_negative("anneal", anneal)

    def target_cosines(self, cosines: Any) -> Any:
        return angular_psi(cosines, self.margin, self.anneal)
