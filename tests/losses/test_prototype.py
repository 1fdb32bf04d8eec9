import numpy as np

from keras_pod.losses import PrototypeLoss
from tests.gradients import compare

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3)).astype("float32")
PROTOTYPES = RNG.normal(size=(5, 6))


def reference(x):
    rows = PROTOTYPES.reshape(5, 2, 3)
    return 0.2 * np.mean([min(np.sum((a - b) ** 2, 1)) for a, b in zip(x, rows)])  # noqa: B905


def test_value_and_gradient():
    compare(lambda x: PrototypeLoss(0.2)(PROTOTYPES, x), reference, X)
