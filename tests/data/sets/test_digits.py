import numpy as np
from sklearn.datasets import load_digits

from keras_pod.data.sets.digits import read_digits


def test_digits():
    arrays, names, held_out = read_digits()
    assert names == list("0123456789") and not held_out
    counts = np.bincount(arrays.y_test)
    assert counts.min() >= 35 and counts.max() <= 37
    # Nothing is lost by the scaling.
    together = np.concatenate([arrays.x_train, arrays.x_test])
    assert together.min() == 0 and together.max() == 255
    back = np.rint(together * (16 / 255)).astype(int).reshape(-1, 64)
    expected = load_digits().data.astype(int)
    assert sorted(map(tuple, back)) == sorted(map(tuple, expected))
