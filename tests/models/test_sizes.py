"""The published sizes of the networks, and what none of them takes."""

import keras
import numpy as np
import pytest

from keras_pod.models import (
    densenet121,
    densenet_bc,
    efficientnet_b0,
    efficientnet_b1,
    efficientnet_b4,
    mnist_cnn,
    mobilenet_v2,
    resnet8,
    resnet18,
    resnet20,
    resnet50,
    small_resnet,
    swin_b,
    vgg16,
    vgg19,
    vit_b16,
)
from tests.refusals import refused

# Of the convolutions of VGG-16.
BIASES = 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512
SLOW = pytest.mark.slow  # many layers, or 20 to 90 million weights
# Of torchvision, where nothing else is said, with its layer of so many classes.
SIZES = [
    # 269,722 with a 10-class layer and padded shortcuts, as often printed; less the
    # layer's 650, more the 2,752 of the two projections.
    (resnet20, 32, 64, 269_722 - 650 + 2_752, 0),
    (resnet8, 32, 64, 77_392, 0),
    # Its stem is 3x3 in place of 7x7.
    (resnet18, 32, 512, 11_689_512 - 3 * 64 * (49 - 9), 1000),
    (resnet50, 224, 2048, 25_557_032, 1000),
    (densenet121, 224, 1024, 7_978_856, 1000),
    # 0.8M in the paper.
    (densenet_bc, 32, 342, 769_162, 10),
    # Features of vgg16_bn and vgg19_bn, less the biases.
    (vgg16, 32, 512, 14_723_136 - BIASES, 0),
    (vgg19, 32, 512, 20_035_392 - BIASES - 256 - 2 * 512, 0),
    (mnist_cnn, 28, 1152, 25 * (3 * 32 + 32 * 96 + 64 * 192 + 128 * 128) + 4 * 224, 0),
    (mobilenet_v2, 224, 1280, 3_504_872, 1000),
    (efficientnet_b0, 224, 1280, 5_288_548, 1000),
    pytest.param(efficientnet_b1, 240, 1280, 7_794_184, 1000, marks=SLOW),
    pytest.param(efficientnet_b4, 380, 1792, 19_341_616, 1000, marks=SLOW),
    pytest.param(vit_b16, 224, 768, 86_567_656, 1000, marks=SLOW),
    pytest.param(swin_b, 224, 1024, 87_768_224, 1000, marks=SLOW),
]


def trainable_count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize("build, side, features, count, classes", SIZES)
def test_published_sizes(build, side, features, count, classes):
    if build in (vit_b16, swin_b):
        pytest.importorskip("keras_hub")
    model = build((side, side, 3))
    assert model.output_shape == (None, features)
    assert trainable_count(model) + (features + 1) * classes == count
    assert model.name == build.__name__


@pytest.mark.parametrize("build", [resnet8, mobilenet_v2])
def test_channels_first_preference_does_not_change_the_layout(build):
    options = {"stem": "3x3-pool"} if build is resnet8 else {}
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = build((8, 6, 3), width=4, **options)
        assert keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_image_data_format(before)
    x = np.random.default_rng(0).normal(size=(2, 8, 6, 3)).astype("float32")
    usual = build((8, 6, 3), width=4, **options)
    found, expected = (keras.ops.convert_to_numpy(net(x)) for net in (model, usual))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def small(input_shape=(8, 8, 1), **options):
    return small_resnet(input_shape, **options)


SIDE = (32, 32, 3)
test_bad_arguments_are_named = refused(
    (lambda: small(blocks=()), r"blocks=\(\).*one block"),
    (lambda: small(blocks=(1, 0)), r"blocks=\(1, 0\)"),
    (lambda: small(width=0), "width must be .* from 1 on, got 0"),
    (lambda: small(width=2.5), "width must be .* got 2.5"),
    (lambda: small(seed=-1), "seed, unless it is None.* got -1"),
    (lambda: small(stem="5x5"), "stem='5x5'.*7x7-pool"),
    (lambda: mobilenet_v2(SIDE, stem="3x3"), "stem='3x3' .*auto or original"),
    (lambda: mobilenet_v2(SIDE, stem="3x3", weights="imagenet"), "stem='3x3' cannot"),
    (lambda: efficientnet_b0(SIDE, width=0), "width must be"),
    (lambda: densenet121((7, 9, 1), 2), "at least 8 pixels"),
    (lambda: densenet121((8, 8, 1), 2, "3x3-pool"), "at least 16"),
    (lambda: densenet_bc((3, 8, 1), 2), "at least 4 pixels"),
    (lambda: densenet_bc((8, 8, 1), 2, depth=99), "depth=99"),
    (lambda: densenet121(SIDE, 16, weights="imagenet"), "width=16 cannot.*'imagenet'"),
    (lambda: vit_b16((30, 32, 3), 8), "patches of 4 pixels"),
    (lambda: vit_b16(SIDE, 8, weights="imagenet21k"), "width=8 cannot"),
    (lambda: swin_b((30, 30, 3), 8), "windows for swin_b.*224"),
)
