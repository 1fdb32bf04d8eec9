"""The residual networks: shapes, initial weights, saving, and PyTorch's own."""

import keras
import numpy as np
import pytest

from keras_pod.models import resnet8, small_resnet

DIGIT = (8, 8, 1)


def images(batch, shape, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, *shape)).astype("float32")


def features_of(model, x, training=False):
    return keras.ops.convert_to_numpy(model(x, training=training))


@pytest.mark.parametrize(
    "side, stem, kernel, last",
    [
        (64, "3x3", 3, 16),
        (64, "3x3-pool", 3, 8),
        (64, "7x7-pool", 7, 4),
        (40, "auto", 3, 10),
        (41, "auto", 3, 6),
        (64, "auto", 3, 8),
        (65, "auto", 7, 5),
        (224, "auto", 7, 14),
    ],
)
def test_stages_and_stem_halve_the_image(side, stem, kernel, last):
    model = small_resnet((side, side, 3), (1, 1, 1), 4, stem)
    assert model.get_layer("stem_conv").kernel_size == (kernel, kernel)
    assert model.layers[-2].output.shape == (None, last, last, 16)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 2), (28, 28, 1)])
def test_odd_and_tiny_images(shape):
    features = features_of(resnet8(shape, width=4), images(2, shape))
    assert np.isfinite(features).all()


def test_layers_of_one_shape_draw_different_he_normal_weights():
    model = small_resnet(DIGIT, (1, 1), width=32)
    one, two = (
        model.get_layer(f"stage1_block1_conv{number}").get_weights()[0]
        for number in (1, 2)
    )
    assert not np.array_equal(one, two)
    wider = model.get_layer("stage2_block1_conv1").get_weights()[0]  # 32 to 64
    assert np.std(wider) == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.03)


@pytest.mark.parametrize(
    "shape, blocks, options",
    [
        ((8, 8, 1), (2, 1, 1), {}),
        ((15, 12, 3), (2, 1, 1), {"stem": "3x3-pool"}),
        ((8, 8, 3), (3, 4, 6, 3), {"bottleneck": True}),
    ],
)
def test_the_network_equals_pytorchs(shape, blocks, options):
    pytest.importorskip("torch")
    from tests import torch_reference as reference

    # The variance of four 1x1 maps may be so small that it is noise in float32.
    keras.config.set_dtype_policy("float64")
    bottleneck, pool = "bottleneck" in options, "stem" in options
    net = reference.ResNet(shape[-1], blocks, 4, pool, bottleneck).double()
    model = small_resnet(shape, blocks, 4, **options)
    reference.copy_weights(net, model)
    count = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert count == sum(p.numel() for p in net.parameters())
    x = images(16, shape).astype("float64")
    for training in (False, True):
        expected = net.train(training)(reference.as_torch(x))
        found = features_of(model, x, training=training)
        np.testing.assert_allclose(found, expected.detach(), rtol=1e-7, atol=1e-9)
    # The averages of the batch normalisation move as in PyTorch.
    reference.assert_equal_averages(net, model, len(x))
