"""Networks without shortcuts: their layers."""

import keras
import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.models import mnist_cnn, vgg16, vgg19


@pytest.mark.parametrize("side, last", [(1, 1), (7, 1), (32, 1), (64, 2)])
def test_five_poolings_leave_a_pixel_of_32_and_take_any_size(side, last):
    build = vgg19 if side == 32 else vgg16
    layer = build((side, side, 3), width=2).layers[-2]
    assert layer.output.shape == (None, last, last, 16)


def test_the_six_layers_for_mnist():
    model = mnist_cnn((28, 28, 1))
    activations = [x for x in model.layers if isinstance(x, keras.layers.PReLU)]
    slopes = [layer.get_weights()[0] for layer in activations]
    channels = [32, 32, 64, 64, 128, 128]
    assert [slope.shape for slope in slopes] == [(1, 1, n) for n in channels]
    assert all((slope == 0.25).all() for slope in slopes)
    # Signals neither fade nor explode.
    x = np.random.default_rng(0).normal(size=(8, 28, 28, 1)).astype("float32")
    features = keras.ops.convert_to_numpy(model(x))
    assert 0.3 < features.std() < 5
    with pytest.raises(InputError, match="mnist_cnn.*at least 8 pixels"):
        mnist_cnn((7, 28, 1))
