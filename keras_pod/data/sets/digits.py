"""The 8x8 handwritten digits that come with scikit-learn."""

import numpy as np

from keras_pod.data.arrays import Arrays, Found
from keras_pod.data.splits import TEST_SHARE


def read_digits() -> Found:
    """Read 1,797 images (8, 8, 1), always the same 80 % of them for training."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    # Each of the 17 grey levels gets a value of its own in 0..255.
    images = (digits.images.astype(np.int64) * 255 // 16).astype(np.uint8)[..., None]
    labels = digits.target.astype(np.int32)
    parts = train_test_split(
        np.arange(len(labels)), test_size=TEST_SHARE, stratify=labels, random_state=0
    )
    return Found(Arrays.parted(images, labels, parts), list("0123456789"))
