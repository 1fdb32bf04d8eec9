import numpy as np

from keras_pod.losses import CenterLoss
from tests.gradients import compare

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
C = np.random.default_rng(1).normal(size=(5, 3))


def test_value_and_gradient():
    def reference(x):
        return 0.2 / 2 * np.mean([np.sum((a - b) ** 2) for a, b in zip(x, C)])  # noqa: B905

    compare(lambda x: CenterLoss(0.2)(C, x), reference, X)
