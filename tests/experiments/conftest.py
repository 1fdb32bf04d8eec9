"""A small data set that any network learns: where the bright square is."""

import numpy as np
import pytest


def squares(count, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 3
    x = rng.integers(0, 60, size=(count, 8, 8, 1))
    for image, label in zip(x, y, strict=True):
        image[3 * label : 3 * label + 2] += 150
    return x.astype("uint8"), y


@pytest.fixture
def npz(tmp_path):
    """The path of an .npz file with 240 training and 30 test images."""
    (x_train, y_train), (x_test, y_test) = squares(240, 0), squares(30, 1)
    path = tmp_path / "squares.npz"
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path
