import numpy as np

from keras_pod.losses import CrossEntropyLoss, LGMLoss
from tests.gradients import compare

G = np.random.default_rng(0).exponential(size=(5, 4)).astype("float32")
Y = np.array([0, 2, 2, 3, 1])


def test_margin():
    def function(z):
        z = z.copy()
        z[np.arange(5), Y] *= 1.4
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(5), Y])

    compare(lambda z: LGMLoss(0.4)(Y, z), function, -G)


def test_no_margin_is_the_cross_entropy_and_none_raises_a_score():
    for labels in (Y, 0.8 * np.eye(4)[Y] + 0.05):
        a, b = LGMLoss(0.0)(labels, -G), CrossEntropyLoss()(labels, -G)
        np.testing.assert_allclose(float(a), float(b), rtol=1e-6)
    a, b = LGMLoss(0.5)(Y, G), CrossEntropyLoss()(Y, G)
    np.testing.assert_allclose(float(a), float(b), rtol=1e-6)
