import keras
import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal

from keras_pod.layers import KnownThreshold
from keras_pod.layers.fitted import SCORES
from tests.heads import numpy

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(9, 3)), RNG.normal(size=(9, 4))
P = RNG.normal(size=(4, 3))
P /= np.linalg.norm(P, axis=1, keepdims=True)
# Cholesky factors of the covariances of four Gaussians.
F = np.tril(RNG.uniform(0.5, 2, size=(4, 3, 3)))


def made(score, threshold=0.0):
    layer = KnownThreshold(score, threshold)
    layer.build(X.shape, Z.shape)
    if score == "gaussian":
        layer.means.assign(P)
        layer.whitening.assign(np.linalg.inv(F))
        layer.log_scales.assign(-np.log(np.linalg.det(F)))
    elif layer.weights:
        layer.class_vectors.assign(P)
    return layer


def reference(score):
    norm = np.linalg.norm(X, axis=1)
    cosine = (X @ P.T).max(axis=1) / norm
    return {
        "cosine": cosine,
        "norm": norm,
        "product": cosine * norm,
        "energy": logsumexp(Z, axis=1),
        "probability": softmax(Z, axis=1).max(axis=1),
        "gaussian": np.max(
            [
                multivariate_normal(p, f @ f.T).logpdf(X) + 1.5 * np.log(2 * np.pi)
                for p, f in zip(P, F, strict=True)
            ],
            axis=0,
        ),
    }[score]


@pytest.mark.parametrize("score", SCORES)
def test_against_float64(score):
    expected = reference(score)
    np.testing.assert_allclose(numpy(made(score).scores(X, Z)), expected, rtol=1e-5)
    middle = np.sort(expected)[3:5].mean()
    found = keras.ops.convert_to_numpy(made(score, middle)(X, Z))
    assert found.dtype == bool
    np.testing.assert_array_equal(found, expected >= middle)


def test_a_feature_of_zeros_is_unknown():
    layer = made("cosine", 0.1)
    assert not numpy(layer(np.zeros((1, 3)), Z[:1])).any()


def test_a_score_of_the_threshold_itself_is_known():
    layer = KnownThreshold("norm", 5.0)
    assert numpy(layer(np.array([[3.0, 4.0], [0.0, 4.9]]), Z[:2])).tolist() == [1, 0]
