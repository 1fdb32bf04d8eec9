"""Cosines to learned class directions: heads for margins on cosines and on angles."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import (
    check_one_of,
    feature_size,
    integer,
    not_negative,
)
from keras_pod.core.distances import rows_of_labels
from keras_pod.layers.head import Head
from keras_pod.losses.angular_softmax import angular_psi


class CosineHead(Head):
    """Class scores as in `CosineDense`; a subclass may say how they are trained."""

    gives_cosines = True
    normalise_features = True
    normalise_weights = True

    def __init__(
        self,
        num_classes: int,
        kernel_initializer: Any = "glorot_uniform",
        rising_margin: bool = False,
        sub_centers: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        self.rising_margin = rising_margin
        self.sub_centers = integer("sub_centers", sub_centers, 1)

    def build(self, input_shape: tuple) -> None:
        rows = self.num_classes * self.sub_centers
        shape = (rows, feature_size(self, input_shape))
        self.kernel = self.trained("kernel", shape)
        if self.rising_margin:
            self.margin_share = self.state("margin_share", initializer="ones")

    def call(self, x: Any, training: bool | None = None) -> Any:
        self.warn_if_not_asked(training)
        kernel = ops.convert_to_tensor(self.kernel)
        x = ops.cast(x, self.compute_dtype)
        if self.normalise_features:
            x = numerics.unit_rows(x)
        if self.normalise_weights:
            kernel = numerics.unit_rows(kernel)
        scores = ops.matmul(x, ops.transpose(kernel))
        if self.sub_centers == 1:
            return scores
        shape = (-1, self.num_classes, self.sub_centers)
        return ops.max(ops.reshape(scores, shape), axis=-1)

    def with_margin(self, y: Any, cosines: Any, margin: Callable[[Any], Any]) -> Any:
        """Cosines (batch, k) with `margin` of each sample's own, for a subclass.

        Where the margin rises it is `margin_share` of the way from the cosine to that.
        """

        def shared(own: Any) -> Any:
            whole = margin(own)
            if self.margin_share is None:
                return whole
            return own + ops.convert_to_tensor(self.margin_share) * (whole - own)

        return numerics.with_margin(y, cosines, shared)

    def feature_targets(self, y: Any) -> Any:
        """The learned unit direction each label asks for, (batch, n)."""
        if self.sub_centers > 1:
            return None
        y = ops.convert_to_tensor(y)
        if numerics.is_label_rows(y.shape, self.num_classes):
            return rows_of_labels(y, numerics.unit_rows(self.kernel))
        # Only the batch's rows are made unit: there may be far more classes.
        return numerics.unit_rows(rows_of_labels(y, self.kernel))

    def class_vectors(self) -> np.ndarray | None:
        return None if self.sub_centers > 1 else ops.convert_to_numpy(self.kernel)


@keras.saving.register_keras_serializable(package="keras_pod")
class CosineDense(CosineHead):
    """Class scores as cosines to learned class weights, without a bias.

    `scores_j = cos theta_j = x / ||x|| . w_j / ||w_j||` (eq 2 of Zhu et al. 2020,
    "Improving Classification Performance of Softmax Loss Function Based on Scalable
    Batch-Normalization"). With `normalise_features=False` they are
    `||x|| cos theta_j`, the scores of A-Softmax, and without both normalisations
    `x . w_j`, those of L-Softmax. A zero feature has scores 0 and gets no gradient
    from cosines.

    Args:
        num_classes: k, at least 2.
        normalise_features: divide each feature by its norm.
        normalise_weights: divide each class weight by its norm.
        kernel_initializer: initial class weights.
        rising_margin: give the layer the weight `margin_share`, by which a
            `keras_pod.Classifier` multiplies the margin of its loss in training and
            which `keras_pod.callbacks.RaiseMargin` brings from 0 to 1.
        sub_centers: K, how many directions each class has; its score is that of the
            nearest one (Deng et al. 2020, "Sub-center ArcFace: Boosting Face
            Recognition by Large-Scale Noisy Web Faces", with K = 3). One of them can
            take wrongly labelled samples. With more than one the layer has no single
            vector and no feature targets of a class.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel: trainable weight (k K, n), of any norm: the first K rows are those of
            class 0.
        margin_share: weight (), 1 at first, not trainable; None without
            `rising_margin`.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    >>> head = keras_pod.layers.CosineDense(3, kernel_initializer="identity")
    >>> print(ops.convert_to_numpy(head(np.array([[3.0, 4.0, 0.0]]))).round(3))
    [[0.6 0.8 0. ]]
    """

    def __init__(
        self,
        num_classes: int,
        normalise_features: bool = True,
        normalise_weights: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        rising_margin: bool = False,
        sub_centers: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_classes, kernel_initializer, rising_margin, sub_centers, **kwargs
        )
        # A size in its place, as other libraries have one, would be taken for True.
        check_one_of("normalise_features", normalise_features, (True, False))
        self.normalise_features = normalise_features
        self.normalise_weights = normalise_weights
        self.gives_cosines = normalise_features and normalise_weights


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
        self.normalise_weights = normalise_weights
        self.margin = integer("margin", margin, 1)
        self.initial_anneal = not_negative("anneal", anneal)

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
