import numpy as np
import pytest

from keras_pod.losses import CrossEntropyLoss, GaussianLikelihoodLoss, LGMLoss, lgm
from tests import oracles
from tests.gradients import value_and_gradient

G = np.random.default_rng(0).exponential(size=(5, 4)).astype("float32")
Y = np.array([0, 2, 2, 3, 1])


def test_margin():
    def function(z):
        z = z.copy()
        z[np.arange(5), Y] *= 1.4
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(5), Y])

    value, gradient = value_and_gradient(lambda z: LGMLoss(0.4)(Y, z), -G)
    np.testing.assert_allclose(value, function(-G), rtol=1e-5)
    expected = oracles.numeric_gradient(function, -G)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_no_margin_is_the_cross_entropy_and_none_raises_a_score():
    for labels in (Y, np.eye(4)[Y], 0.8 * np.eye(4)[Y] + 0.05):
        a, b = LGMLoss(0.0)(labels, -G), CrossEntropyLoss()(labels, -G)
        np.testing.assert_allclose(float(a), float(b), rtol=1e-6)
    a, b = LGMLoss(0.5)(Y, G), CrossEntropyLoss()(Y, G)
    np.testing.assert_allclose(float(a), float(b), rtol=1e-6)


def test_lgm_is_both_terms():
    losses = lgm(margin=0.3, weight=0.2)
    assert losses["logits"].margin == 0.3
    assert losses["features"].weight == 0.2


def test_targets_of_another_head_are_refused():
    with pytest.raises(ValueError, match="GaussianMixture head"):
        GaussianLikelihoodLoss()(np.ones((2, 5)), np.ones((2, 3)))
