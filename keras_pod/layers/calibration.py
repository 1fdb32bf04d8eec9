"""Layers that `evaluation` puts into a trained model: probabilities, known or not."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of, positive
from keras_pod.layers.head import WideLayer

SCORES = ("cosine", "norm", "product", "energy", "probability", "gaussian")


@keras.saving.register_keras_serializable(package="keras_pod")
class Calibration(WideLayer):
    """Probabilities `softmax(z / temperature + bias)` of class scores z.

    For numbers that were fitted on held-out images (Guo et al. 2017, "On Calibration
    of Modern Neural Networks"); `keras_pod.evaluation.with_probabilities` puts them
    into a trained `keras_pod.Classifier` as its output `probabilities`. The numbers
    are part of the configuration, so a model keeps its weights and is saved and
    exported with them. A temperature alone never changes the likeliest class.

    Args:
        temperature: > 0.
        bias: a number for each class, (k,); None for none.
        **kwargs: those of `keras.layers.Layer`. The layer always computes in
            float32, or in float64 if `dtype` says so.

    Call arguments:
        logits: class scores, (batch, k).

    Returns:
        probabilities, (batch, k), float32.

    Raises:
        ValueError: a temperature that is not > 0, a bias that is not finite or not of
            the scores' size.

    >>> layer = keras_pod.layers.Calibration(temperature=0.5)
    >>> print(ops.convert_to_numpy(layer(np.array([[0.0, 0.5493061]]))).round(3))
    [[0.25 0.75]]
    """

    def __init__(
        self,
        temperature: float = 1.0,
        bias: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.temperature = positive("temperature", temperature)
        self.bias = None if bias is None else [float(b) for b in bias]
        if self.bias is not None and not all(map(math.isfinite, self.bias)):
            raise ValueError(f"`bias` must be finite numbers, got {bias}.")

    def build(self, input_shape: tuple) -> None:
        if self.bias is not None and len(self.bias) != input_shape[-1]:
            raise ValueError(
                f"`bias` has {len(self.bias)} numbers, but there are "
                f"{input_shape[-1]} classes."
            )
        super().build(input_shape)

    def call(self, logits: Any) -> Any:
        z = ops.cast(logits, self.compute_dtype) / self.temperature
        if self.bias is not None:
            z = z + ops.convert_to_tensor(self.bias, dtype=z.dtype)
        return ops.softmax(z)


@keras.saving.register_keras_serializable(package="keras_pod")
class KnownThreshold(WideLayer):
    """Whether each sample looks known: `score(features, logits) >= threshold`.

    The scores are those of `keras_pod.evaluation.known_scores`, larger for more known.
    `keras_pod.evaluation.with_threshold` puts a fitted threshold into a trained
    `keras_pod.Classifier` as its output `known`; where it is False the answer is
    "none of these".

    Args:
        score: "cosine" (the largest to a class vector), "norm" (of the features),
            "product" (both multiplied), "energy" (log sum exp of the logits),
            "probability" (the largest softmax of the logits) or "gaussian" (the log
            density of the features by the likeliest class's Gaussian, up to a
            constant).
        threshold: samples below it are unknown; as float32, as the scores are.
        **kwargs: those of `keras.layers.Layer`. The layer always computes in
            float32, or in float64 if `dtype` says so.

    Call arguments:
        features: (batch, n).
        logits: (batch, k).

    Returns:
        bool, (batch,).

    Attributes:
        class_vectors: weight (k, n), not trainable, unit rows; only where the score
            has cosines. Assign them, they are zeros at first.
        means, whitening, log_scales: weights (k, n), (k, n, n) and (k,) of "gaussian":
            the Gaussians' means, the inverses of their covariances' Cholesky factors
            and the logs of these inverses' determinants.

    Raises:
        ValueError: an unknown score, or a threshold that is NaN.

    >>> layer = keras_pod.layers.KnownThreshold("norm", threshold=2.0)
    >>> known = layer(np.array([[3.0, 4.0], [0.1, 0.1]]), np.zeros((2, 5)))
    >>> ops.convert_to_numpy(known).tolist()
    [True, False]
    """

    def __init__(
        self, score: str = "cosine", threshold: float = -math.inf, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_one_of("score", score, SCORES)
        if math.isnan(threshold):
            raise ValueError("`threshold` must be a number, got NaN.")
        self.score = score
        self.threshold = float(threshold)

    def build(self, features_shape: tuple, logits_shape: tuple) -> None:
        k, n = logits_shape[-1], features_shape[-1]
        if self.score in ("cosine", "product"):
            self.class_vectors = self.state("class_vectors", (k, n))
        if self.score == "gaussian":
            self.means = self.state("means", (k, n))
            self.whitening = self.state("whitening", (k, n, n))
            self.log_scales = self.state("log_scales", (k,))

    def call(self, features: Any, logits: Any) -> Any:
        return ops.greater_equal(self.scores(features, logits), self.threshold)

    def scores(self, features: Any, logits: Any) -> Any:
        """The score of each sample, (batch,)."""
        x = ops.cast(features, self.compute_dtype)
        z = ops.cast(logits, self.compute_dtype)
        if self.score == "energy":
            return ops.logsumexp(z, axis=-1)
        if self.score == "probability":
            return ops.max(ops.softmax(z), axis=-1)
        if self.score == "gaussian":
            away = ops.expand_dims(x, 1) - self.means
            white = ops.einsum("bkn,kmn->bkm", away, self.whitening)
            half = 0.5 * ops.sum(ops.square(white), axis=-1)
            return ops.max(self.log_scales - half, axis=-1)
        norm = ops.squeeze(numerics.row_norm(x), axis=-1)
        if self.score == "norm":
            return norm
        cosines = ops.matmul(numerics.unit_rows(x), ops.transpose(self.class_vectors))
        cosine = ops.max(cosines, axis=-1)
        return cosine if self.score == "cosine" else cosine * norm

    def compute_output_spec(self, features: Any, logits: Any) -> keras.KerasTensor:
        return keras.KerasTensor((features.shape[0],), dtype="bool")
