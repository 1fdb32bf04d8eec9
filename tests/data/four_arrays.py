"""Small images of four classes, as the four arrays of a data set."""

import numpy as np

RNG = np.random.default_rng(0)
PARTS = {
    "x_train": RNG.integers(0, 256, (20, 16, 16, 3)).astype(np.uint8),
    "y_train": np.arange(20) % 4,
    "x_test": RNG.integers(0, 256, (8, 16, 16, 3)).astype(np.uint8),
    "y_test": np.arange(8) % 4,
}
