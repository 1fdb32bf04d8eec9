import numpy as np
import pytest

from keras_pod.layers import PEDCC
from keras_pod.losses.cosine_mse import CosineMSELoss
from keras_pod.losses.margin import AMSoftmaxLoss
from keras_pod.losses.pedcc_loss import PEDCCLoss
from tests import margin_oracles as oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy
from tests.oracles import nac_scores, simplex

COSINES = np.random.default_rng(1).uniform(-1, 1, (6, 4)).astype("float32")
Y = np.arange(6) % 4


def test_check_value():
    # docs/papers.md, 2.28
    loss = PEDCCLoss(margin=0.5, scale=10, lam=1, root=2)
    found = float(loss(np.array([0]), np.array([[0.6, 0.2]])))
    np.testing.assert_allclose(found, 1.945717, atol=1e-6)


@pytest.mark.parametrize("root", [1.0, 2.0])
def test_value_and_gradient_against_float64(root):
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    y, centroids = np.arange(6) % 4, simplex(4, 5)
    head = built(PEDCC(4, alpha=None, centroids=centroids), 5)
    loss = PEDCCLoss(scale=7.5, lam=0.3, root=root)

    def reference(x):
        return oracles.pedcc_loss(nac_scores(x, centroids), y, 0.5, 7.5, 0.3, root)

    compare(lambda x: loss(y, head(x)), reference, x, slopes=(1e-4, 1e-5))


def test_the_second_term_belongs_to_the_batch():
    difference = numpy(PEDCCLoss(root=2, reduction="none")(Y, COSINES)) - numpy(
        AMSoftmaxLoss(0.5, 10, reduction="none")(Y, COSINES)
    )
    root = np.sqrt(np.mean(1 - COSINES[np.arange(6), Y]))
    np.testing.assert_allclose(difference, np.full(6, root), rtol=1e-5)
    whole = float(PEDCCLoss()(Y, COSINES))
    parts = AMSoftmaxLoss(0.5, 10)(Y, COSINES) + CosineMSELoss()(Y, COSINES)
    np.testing.assert_allclose(whole, float(parts), rtol=1e-6)


def test_at_and_around_the_centroids():
    # L_MSE = 0, where the root's derivative is infinite; rounding makes it negative.
    loss = PEDCCLoss(scale=10, root=3)
    y = np.array([0])
    for target in (1.0, 1.0 + 1e-6, 1 - 1e-4):
        cosines = np.array([[target, -1.0]], "float32")
        value, gradient = value_and_gradient(lambda c: loss(y, c), cosines)
        error = max(1 - float(cosines[0, 0]), 0)
        am = oracles.pedcc_loss(cosines.astype("float64"), y, lam=0)
        expected = am + error ** (1 / 3)
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
        assert np.all(np.isfinite(gradient))
        assert gradient[0, 0] < 0


def test_soft_labels():
    soft = np.random.default_rng(0).dirichlet(np.ones(4), size=6)
    expected = oracles.pedcc_loss(COSINES, soft, root=2)
    found = float(PEDCCLoss(root=2)(soft, COSINES))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
