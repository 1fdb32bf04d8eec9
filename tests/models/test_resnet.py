"""The residual networks: shapes, counts, seeds, saving, and PyTorch's own."""

import keras
import numpy as np
import pytest

from keras_pod.models import resnet8, resnet18, resnet20, resnet50, small_resnet

DIGIT = (8, 8, 1)


def trainable_count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def images(batch, shape, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, *shape)).astype("float32")


def features_of(model, x, training=False):
    return keras.ops.convert_to_numpy(model(x, training=training))


def expected_count(channels, blocks, width):
    """Kernels and batch-normalisation pairs, counted by the definition."""
    total = channels * width * 9 + 2 * width
    before = width
    for stage, count in enumerate(blocks):
        wide = width * 2**stage
        for _ in range(count):
            total += before * wide * 9 + 2 * wide + wide * wide * 9 + 2 * wide
            if before != wide:
                total += before * wide + 2 * wide
            before = wide
    return total


@pytest.mark.parametrize(
    "build, blocks, width, count",
    [
        (resnet8, (1, 1, 1), 16, 77_392),
        # 269,722 with a 10-class layer and padded shortcuts, as often printed;
        # less the layer's 650, more the 2,752 of the two projections.
        (resnet20, (3, 3, 3), 16, 269_722 - 650 + 2_752),
        # torchvision's resnet18 without fc, its stem 3x3 in place of 7x7.
        (resnet18, (2, 2, 2, 2), 64, 11_689_512 - 513_000 - 3 * 64 * (49 - 9)),
    ],
)
def test_parameter_counts(build, blocks, width, count):
    model = build((32, 32, 3))
    assert trainable_count(model) == count == expected_count(3, blocks, width)
    assert model.output_shape == (None, width * 2 ** (len(blocks) - 1))
    assert model.name == build.__name__


def test_the_published_size_of_resnet50():
    model = resnet50((224, 224, 3))
    assert model.output_shape == (None, 2048)
    assert trainable_count(model) + 2049 * 1000 == 25_557_032  # torchvision's


@pytest.mark.parametrize(
    "side, stem, last",
    [
        (8, "3x3", 2),
        (64, "3x3", 16),
        (64, "3x3-pool", 8),
        (64, "7x7-pool", 4),
        (40, "auto", 10),
        (41, "auto", 6),
        (64, "auto", 8),
        (65, "auto", 5),
        (224, "auto", 14),
    ],
)
def test_stages_and_stem_halve_the_image(side, stem, last):
    model = small_resnet((side, side, 3), (1, 1, 1), 4, stem)
    assert model.layers[-2].output.shape == (None, last, last, 16)


def test_the_stem_of_the_papers():
    tiny = resnet18((64, 64, 3), width=2)
    assert tiny.get_layer("stem_conv").kernel_size == (3, 3)
    assert tiny.get_layer("stem_pool").output.shape[1] == 32
    original = resnet50((224, 224, 3), width=2)
    assert original.get_layer("stem_conv").kernel_size == (7, 7)
    assert original.layers[-2].output.shape[1] == 7


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 2), (28, 28, 1)])
def test_odd_and_tiny_images(shape):
    features = features_of(resnet8(shape, width=4), images(2, shape))
    assert np.isfinite(features).all()


def test_the_seed_alone_decides_the_initial_weights():
    first = resnet8(DIGIT, width=4, seed=3).get_weights()
    keras.layers.Dense(7).build((None, 5))  # draws from Keras's own generator
    again = resnet8(DIGIT, width=4, seed=3).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    other = resnet8(DIGIT, width=4, seed=4).get_weights()
    assert not np.array_equal(first[0], other[0])
    unseeded = [resnet8(DIGIT, width=4, seed=None).get_weights()[0] for _ in range(2)]
    assert not np.array_equal(*unseeded)


def test_layers_of_one_shape_draw_different_he_normal_weights():
    model = small_resnet(DIGIT, (1, 1), width=32)
    one, two = (
        model.get_layer(f"stage1_block1_conv{number}").get_weights()[0]
        for number in (1, 2)
    )
    assert not np.array_equal(one, two)
    wider = model.get_layer("stage2_block1_conv1").get_weights()[0]  # 32 to 64
    assert np.std(wider) == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.03)


def test_channels_first_preference_does_not_change_the_layout():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = resnet8((8, 6, 3), width=4, stem="3x3-pool")
    finally:
        keras.config.set_image_data_format(before)
    x = images(2, (8, 6, 3))
    usual = resnet8((8, 6, 3), width=4, stem="3x3-pool")
    np.testing.assert_allclose(features_of(model, x), features_of(usual, x), rtol=1e-5)


def test_loads_without_custom_objects(tmp_path):
    model = resnet8(DIGIT, width=4, stem="3x3-pool")
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    x = images(3, DIGIT)
    np.testing.assert_array_equal(features_of(again, x), features_of(model, x))
    assert type(again) is type(model)
    classes = {type(layer).__module__.split(".")[0] for layer in again.layers}
    assert classes == {"keras"}


@pytest.fixture
def reference():
    pytest.importorskip("torch")
    from tests import torch_reference

    return torch_reference


@pytest.mark.parametrize("stem", ["3x3", "3x3-pool"])
@pytest.mark.parametrize("shape", [(8, 8, 1), (15, 12, 3)])
def test_features_equal_pytorch(reference, shape, stem):
    # The variance of four 1x1 maps may be so small that it is noise in float32.
    keras.config.set_dtype_policy("float64")
    pool = stem == "3x3-pool"
    net = reference.ResNet(shape[-1], (2, 1, 1), 4, num_classes=10, stem_pool=pool)
    model = small_resnet(shape, (2, 1, 1), 4, stem)
    reference.copy_weights(net.double(), model)
    assert trainable_count(model) == net.backbone_parameters()
    x = images(4, shape).astype("float64")
    for training in (False, True):
        expected = net.train(training).features(reference.as_torch(x))
        found = features_of(model, x, training=training)
        np.testing.assert_allclose(found, expected.detach(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"input_shape": (8, 8)}, "input_shape=.*channels"),
        ({"input_shape": (8, None, 1)}, "input_shape=.*channels"),
        ({"input_shape": 8}, "input_shape=8"),
        ({"blocks": ()}, r"blocks=\(\).*one block"),
        ({"blocks": (1, 0)}, r"blocks=\(1, 0\)"),
        ({"width": 0}, "width=0.*from 1"),
        ({"width": 2.5}, "width=2.5"),
        ({"seed": -1}, "seed=-1.*None"),
        ({"stem": "5x5"}, "stem='5x5'.*7x7-pool"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        small_resnet(**{"input_shape": DIGIT, **arguments})
