"""Networks of keras_hub: patches and windows, presets."""

import sys

import keras
import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.models import backbone, swin_b, vit_b16
from keras_pod.models.hub import _cut, from_preset

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture
def keras_hub():
    return pytest.importorskip("keras_hub")


@pytest.mark.parametrize(
    "shape, width, patches, blocks, heads",
    [
        ((224, 224, 3), 8, 14 * 14, 2, 1),
        ((64, 64, 3), 8, 8 * 8, 2, 1),
        ((28, 32, 1), 192, 7 * 8, 3, 3),
        ((8, 8, 1), 8, 4 * 4, 2, 1),
    ],
)
def test_vit_fits_the_image(keras_hub, shape, width, patches, blocks, heads):
    network = vit_b16(shape, width).get_layer("vit")
    assert network.output.shape == (None, patches + 1, width)
    assert (network.num_layers, network.num_heads) == (blocks, heads)


def test_swin_has_whole_windows_and_heads(keras_hub):
    cuts = {224: (4, 4, 7), 384: (4, 4, 12), 64: (4, 3, 4), 32: (2, 3, 4)}
    cuts |= {28: (2, 2, 7), 8: (1, 2, 4)}
    assert {side: _cut((side, side, 3)) for side in cuts} == cuts
    network = swin_b((8, 16, 1), width=50).get_layer("swin")
    assert network.num_heads == [1, 2]  # 100 tokens do not divide by 3
    assert network.depths == (2, 2)
    assert network.drop_path == 0


def test_without_keras_hub_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(InputError, match=r"pip install keras-pod\[hub\]"):
        vit_b16((32, 32, 3), width=8)


@pytest.mark.parametrize(
    "build, pixels",
    [(vit_b16, lambda x: 2 * x - 1), (swin_b, lambda x: (x - MEAN) / STD)],
)
def test_presets_take_standardised_pixels(keras_hub, tmp_path, build, pixels):
    shape = (8, 8, 3)
    own = build(shape, width=8).get_layer("vit" if build is vit_b16 else "swin")
    own.save_to_preset(str(tmp_path / "preset"))
    model = build(shape, weights=str(tmp_path / "preset"))
    x = np.random.default_rng(0).uniform(size=(2, *shape)).astype("float32")
    expected = own(pixels(x))
    expected = expected[:, 0] if build is vit_b16 else keras.ops.mean(expected, 1)
    close(model((x - MEAN) / STD), expected)
    with pytest.raises(InputError, match="cannot be loaded"):
        build(shape, weights=str(tmp_path / "nothing"))
    if build is vit_b16:  # which takes less time to load
        with pytest.raises(InputError, match=r"\(8, 8, 3\), not of \(32, 32, 3\)"):
            build((32, 32, 3), weights=str(tmp_path / "preset"))


def close(found, expected):
    found, expected = map(keras.ops.convert_to_numpy, (found, expected))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def _resnet_preset(keras_hub, folder, **converter):
    own = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64, 4],
        stackwise_num_blocks=[1, 1],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )
    own.save_to_preset(str(folder))
    if converter:
        layer = keras_hub.layers.ResNetImageConverter(image_size=(8, 8), **converter)
        layer.save_to_preset(str(folder))
    return own


@pytest.mark.parametrize(
    "converter, pixels",
    [
        ({"scale": 1 / 255, "offset": [0.0, -0.5, 1.0]}, lambda x: x + [0, -0.5, 1]),
        ({}, lambda x: (x - MEAN) / STD),
    ],
)
def test_any_backbone_by_its_preset(keras_hub, tmp_path, converter, pixels):
    own = _resnet_preset(keras_hub, tmp_path, **converter)
    model = backbone("keras_hub", (8, 8, 3), weights=str(tmp_path))
    assert model.output_shape == (None, 4)
    x = np.random.default_rng(0).uniform(size=(2, 8, 8, 3)).astype("float32")
    expected = keras.ops.mean(own(pixels(x).astype("float32")), axis=(1, 2))
    close(model(((x - MEAN) / STD).astype("float32")), expected)


def test_presets_that_cannot_be_had(keras_hub, tmp_path):
    with pytest.raises(InputError, match="no weights; name a preset"):
        backbone("keras_hub", (8, 8, 3))
    with pytest.raises(InputError, match="'no_such' cannot be loaded"):
        backbone("keras_hub", (8, 8, 3), weights="no_such")
    _resnet_preset(keras_hub, tmp_path)
    with pytest.raises(InputError, match="width=16 cannot be had"):
        backbone("keras_hub-16", (8, 8, 3), weights=str(tmp_path))
    with pytest.raises(InputError, match=r"for images of \(None, None, 3\)"):
        backbone("keras_hub", (8, 8, 1), weights=str(tmp_path))

    class Text:
        input_shape = {"token_ids": (None, None)}
        from_preset = classmethod(lambda cls, weights: cls())

    with pytest.raises(InputError, match="'words' are for images of .'token_ids'"):
        from_preset(Text, "words", (8, 8, 3))
