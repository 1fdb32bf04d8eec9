import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import from_arrays

X = np.linspace(0, 1, 40 * 16).reshape(40, 4, 4)
Y = np.arange(40) % 4


def test_a_share_is_held_out():
    data = from_arrays(X, Y, batch_size=16)
    assert (data.num_train, data.num_test, data.validation_split) == (32, 8, 0.2)
    assert np.bincount(data.arrays.y_test).tolist() == [2, 2, 2, 2]
    assert data.arrays.x_train.max() > 1 and X.max() == 1
    # Or other images are for validation.
    data = from_arrays(X, Y, validation_data=(X[:8], Y[:8]))
    assert (data.num_train, data.num_test) == (40, 8)
    np.testing.assert_array_equal(data.arrays.y_test, Y[:8])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"validation_split": 0}, "validation_split must be above 0"),
        ({"validation_split": 2}, "validation_split must be"),
        ({"validation_data": X}, "validation_data must be .images, labels."),
        ({"validation_data": (X[:, :2], Y)}, "test images"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(InputError, match=message):
        from_arrays(X, Y, **options)
