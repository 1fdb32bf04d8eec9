"""AngularDense: the head of A-Softmax and L-Softmax, whose margin needs norms."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_not_negative, integer
from keras_pod.layers.cosine_dense import CosineHead
from keras_pod.losses.angular_softmax import angular_psi


@keras.saving.register_keras_serializable(package="keras_pod")
class AngularDense(CosineHead):
    """Scores `||x|| cos theta_j`, with an angular margin while they are trained.

    In training the target's score is `||x|| (a cos theta_y + psi(theta_y)) / (1 + a)`
    with psi as in `keras_pod.losses.angular_softmax.angular_psi`: A-Softmax (Liu et
    al. 2017, "SphereFace"). With `normalise_weights=False` every score has the
    factor `||w_j||` besides: L-Softmax (Liu et al. 2016). Train it with a softmax
    cross-entropy such as `keras_pod.losses.CrossEntropyLoss`.

    The margin lies here and not in a loss because it needs norms that the scores do
    not tell: `keras_pod.Classifier` gives its loss `training_logits`, while
    predictions and metrics see the scores without margin.

    Args:
        num_classes: k, at least 2.
        margin: m, an integer >= 1.
        normalise_weights: True for A-Softmax, False for L-Softmax.
        anneal: initial a >= 0; 5 is where the papers let it end. 0 is the full margin,
            from which features collapse to 0 when trained from scratch;
            `AnnealMargin` lets it fall from epoch to epoch.
        kernel_initializer: initial class weights.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel: trainable weight (k, n). anneal: a, weight (), not trainable.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    Example:

    >>> head = keras_pod.layers.AngularDense(
    ...     2, margin=2, anneal=0, kernel_initializer="identity")
    >>> x = np.array([[3.0, 4.0]])
    >>> print(ops.convert_to_numpy(head(x)).round(3))
    [[3. 4.]]
    >>> print(ops.convert_to_numpy(head.training_logits([0], x)).round(3))
    [[-1.4  4. ]]
    """

    normalise_features = False
    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        margin: int = 4,
        normalise_weights: bool = True,
        anneal: float = 5.0,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        if self.sub_centers > 1:
            raise ValueError(
                "AngularDense has one direction a class: leave `sub_centers` out."
            )
        check_not_negative(anneal=anneal)
        self.normalise_weights = normalise_weights
        self.margin = integer("margin", margin, 1)
        self.initial_anneal = float(anneal)

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        begin = keras.initializers.Constant(self.initial_anneal)
        self.anneal = self.state("anneal", initializer=begin)

    def training_logits(self, y: Any, x: Any) -> Any:
        x = ops.cast(x, self.compute_dtype)
        kernel = ops.convert_to_tensor(self.kernel)
        cosines = ops.matmul(
            numerics.unit_rows(x), ops.transpose(numerics.unit_rows(kernel))
        )
        lengths = numerics.row_norm(x)
        if not self.normalise_weights:
            lengths = lengths * ops.transpose(numerics.row_norm(kernel))
        anneal = ops.convert_to_tensor(self.anneal)
        return lengths * numerics.with_margin(
            y, cosines, lambda c: angular_psi(c, self.margin, anneal)
        )

    def get_config(self) -> dict:
        return {**super().get_config(), "anneal": self.initial_anneal}
