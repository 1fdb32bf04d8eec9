"""from_arrays: one's own arrays as a data set."""

from typing import Any

import numpy as np

from keras_pod.core.checks import share
from keras_pod.core.errors import InputError
from keras_pod.data.arrays import checked_arrays
from keras_pod.data.in_memory.image_data import ImageData


def from_arrays(
    x: Any,
    y: Any,
    *,
    validation_split: float = 0.2,
    validation_data: tuple[Any, Any] | None = None,
    batch_size: int = 128,
    seed: int = 0,
) -> ImageData:
    """Images and labels as a data set whose `test` are validation images.

    Args:
        x: Images (N, H, W) or (N, H, W, C), uint8 or floats, in 0..255 or 0..1.
        y: Integer labels (N,), 0, 1, ... without gaps.
        validation_split: Share of the images, of each class the same, to validate on.
        validation_data: Other images and labels to validate on instead.
        batch_size: Images per batch.
        seed: Fixes, with the epoch, the order.

    Raises:
        InputError: if the arrays are not like this.

    >>> x, y = np.zeros((20, 8, 8), "uint8"), np.arange(20) % 2
    >>> from_arrays(x, y)
    <ImageData arrays: 2 classes, 8x8x1, 16 training and 4 test images>
    """
    if validation_data is not None:
        if not isinstance(validation_data, tuple) or len(validation_data) != 2:
            raise InputError("validation_data must be (images, labels)")
        found = {"x_train": x, "y_train": y}
        found["x_test"], found["y_test"] = validation_data
    else:
        share("validation_split", validation_split)
        if not validation_split:
            raise InputError("validation_split must be above 0: nothing is held out")
        found = {"x": x, "y": y}
    found = {name: np.asarray(values) for name, values in found.items()}
    arrays, names, _ = checked_arrays(found, "", validation_split)
    data = ImageData("arrays", arrays, names, batch_size=batch_size, seed=seed)
    data.validation_split = data.num_test / (data.num_test + data.num_train)
    return data
