"""Layers of fitted numbers, against SciPy."""

import keras
import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal

from keras_pod.layers import Calibration, KnownThreshold
from keras_pod.layers.calibration import SCORES
from tests.heads import numpy

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(9, 3)), RNG.normal(size=(9, 4))
P = RNG.normal(size=(4, 3))
P /= np.linalg.norm(P, axis=1, keepdims=True)
# Cholesky factors of the covariances of four Gaussians.
F = np.tril(RNG.uniform(0.5, 2, size=(4, 3, 3)))
NORMS = np.linalg.norm(X, axis=1)
COSINES = (X @ P.T).max(axis=1) / NORMS
DENSITIES = [
    multivariate_normal(p, f @ f.T).logpdf(X) + 1.5 * np.log(2 * np.pi)
    for p, f in zip(P, F, strict=True)
]
EXPECTED = {
    "cosine": COSINES,
    "norm": NORMS,
    "product": COSINES * NORMS,
    "energy": logsumexp(Z, axis=1),
    "probability": softmax(Z, axis=1).max(axis=1),
    "gaussian": np.max(DENSITIES, axis=0),
}


@pytest.mark.parametrize("score", SCORES)
def test_scores_and_what_is_known(score):
    middle = np.sort(EXPECTED[score])[3:5].mean()
    layer = KnownThreshold(score, middle)
    layer.build(X.shape, Z.shape)
    if score == "gaussian":
        layer.means.assign(P)
        layer.whitening.assign(np.linalg.inv(F))
        layer.log_scales.assign(-np.log(np.linalg.det(F)))
    elif layer.weights:
        layer.class_vectors.assign(P)
    np.testing.assert_allclose(numpy(layer.scores(X, Z)), EXPECTED[score], rtol=1e-5)
    found = keras.ops.convert_to_numpy(layer(X, Z))
    assert found.dtype == bool
    np.testing.assert_array_equal(found, EXPECTED[score] >= middle)


def test_features_of_zeros_are_unknown_and_a_score_of_the_threshold_is_known():
    assert not numpy(KnownThreshold("cosine", 0.1)(np.zeros((1, 3)), Z[:1])).any()
    layer = KnownThreshold("norm", 5.0)
    assert numpy(layer(np.array([[3.0, 4.0], [0.0, 4.9]]), Z[:2])).tolist() == [1, 0]


@pytest.mark.parametrize("bias", [None, [1.0, 0.0, -2.0, 0.5]])
def test_probabilities(bias):
    found = numpy(Calibration(0.3, bias)(Z))
    expected = softmax(Z / 0.3 + (bias or 0), axis=1)
    np.testing.assert_allclose(found, expected, rtol=2e-5)


def test_probabilities_are_float32_in_mixed_precision_and_of_as_many_classes():
    keras.config.set_dtype_policy("mixed_float16")
    found = Calibration(1e-3)(Z)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    assert np.all(np.isfinite(numpy(found)))
    with pytest.raises(ValueError, match="4 classes"):
        Calibration(1.0, [1.0, 2.0])(Z)
