"""Networks of keras.applications: their strides, padding and weights."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_pod.core.errors import InputError
from keras_pod.models import efficientnet_b0, mobilenet_v2

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def strided(model):
    """The layers with a stride, and what stands before each."""
    kinds = layers.Conv2D | layers.DepthwiseConv2D
    return [
        (layer, model.layers[number - 1])
        for number, layer in enumerate(model.layers)
        if isinstance(layer, kinds) and max(layer.strides) > 1
    ]


@pytest.mark.parametrize("side, left", [(40, 3), (64, 4), (65, 5)])
def test_strides_fit_the_image_and_pad_as_pytorch(side, left):
    build = efficientnet_b0 if side == 64 else mobilenet_v2
    model = build((side, side, 3), width=5)
    maps = [layer.output.shape for layer in model.layers]
    last = [shape[1] for shape in maps if len(shape) == 4][-1]
    assert last == -(-side // 2**left)
    found = strided(model)
    assert len(found) == left
    for layer, pad in found:
        half = layer.kernel_size[0] // 2
        assert layer.padding == "valid"
        assert pad.padding == ((half, half), (half, half))


def test_constants_are_pytorchs_and_nothing_is_dropped():
    model = efficientnet_b0((32, 32, 3), width=5, stem="original")
    # The original has five strides.
    assert len(strided(model)) == 5
    kinds = {type(layer).__name__ for layer in model.layers}
    assert not kinds & {"Rescaling", "Normalization", "Dropout"}
    norms = [x for x in model.layers if isinstance(x, layers.BatchNormalization)]
    assert {(norm.momentum, norm.epsilon) for norm in norms} == {(0.9, 1e-5)}


@pytest.mark.parametrize(
    "build, own, options, pixels",
    [
        (mobilenet_v2, "MobileNetV2", {"alpha": 0.35}, lambda x: 2 * x - 1),
        (efficientnet_b0, "EfficientNetB0", {}, lambda x: 255 * x),
    ],
)
def test_own_weights_take_standardised_pixels(tmp_path, build, own, options, pixels):
    shape = (32, 32, 3)
    network = getattr(keras.applications, own)(
        include_top=False, weights=None, input_shape=shape, pooling="avg", **options
    )
    path = str(tmp_path / "own.weights.h5")
    network.save_weights(path)
    x = np.random.default_rng(0).uniform(size=(2, *shape)).astype("float32")
    width = round(100 * options.get("alpha", 1))
    model = build(shape, width=width, weights=path)
    found = keras.ops.convert_to_numpy(model((x - MEAN) / STD))
    expected = keras.ops.convert_to_numpy(network(pixels(x)))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_a_failed_download_is_the_users_to_mend(monkeypatch):
    def fail(**arguments):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "EfficientNetB0", fail)
    with pytest.raises(InputError, match="'imagenet' cannot be loaded: URL fetch"):
        efficientnet_b0((224, 224, 3), weights="imagenet")
