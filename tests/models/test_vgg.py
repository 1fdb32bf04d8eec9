"""VGG with batch normalisation and the MNIST network: their layers."""

import keras
import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.models import mnist_cnn, vgg16, vgg19


@pytest.mark.parametrize("side", [1, 7, 28, 64])
def test_vgg_takes_images_of_any_size(side):
    assert vgg16((side, side, 1), width=2).output_shape == (None, 16)


@pytest.mark.parametrize("build", [vgg16, vgg19])
def test_five_poolings_leave_a_pixel_of_32(build):
    assert build((32, 32, 3), width=2).layers[-2].output.shape == (None, 1, 1, 16)


def test_the_six_layers_for_mnist():
    model = mnist_cnn((28, 28, 1))
    kernels = [1 * 32, 32 * 32, 32 * 64, 64 * 64, 64 * 128, 128 * 128]
    channels = [32, 32, 64, 64, 128, 128]
    count = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert count == 25 * sum(kernels) + 2 * sum(channels)
    assert model.output_shape == (None, 3 * 3 * 128)
    slopes = [
        layer.get_weights()[0]
        for layer in model.layers
        if isinstance(layer, keras.layers.PReLU)
    ]
    assert [slope.shape for slope in slopes] == [(1, 1, n) for n in channels]
    assert all((slope == 0.25).all() for slope in slopes)


def test_signals_neither_fade_nor_explode_in_the_mnist_network():
    x = np.random.default_rng(0).normal(size=(8, 28, 28, 1)).astype("float32")
    features = keras.ops.convert_to_numpy(mnist_cnn((28, 28, 1))(x))
    assert 0.3 < features.std() < 5


def test_the_mnist_network_names_the_least_size():
    with pytest.raises(InputError, match="mnist_cnn.*at least 8 pixels"):
        mnist_cnn((7, 28, 1))
