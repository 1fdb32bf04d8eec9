"""The residual networks: shapes, initial weights, saving, and PyTorch's own."""

import keras
import numpy as np
import pytest

from keras_pod.models import small_resnet

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
        (65, "auto", 7, 5),
    ],
)
def test_stages_and_stem_halve_the_image(side, stem, kernel, last):
    model = small_resnet((side, side, 3), (1, 1, 1), 4, stem)
    assert model.get_layer("stem_conv").kernel_size == (kernel, kernel)
    assert model.layers[-2].output.shape == (None, last, last, 16)


def test_layers_of_one_shape_draw_different_he_normal_weights():
    model = small_resnet(DIGIT, (1, 1), width=32)
    one, two = (
        model.get_layer(f"stage1_block1_conv{number}").get_weights()[0]
        for number in (1, 2)
    )
    assert not np.array_equal(one, two)
    wider = model.get_layer("stage2_block1_conv1").get_weights()[0]  # 32 to 64
    assert np.std(wider) == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.03)


def by_pytorch(model, x, blocks, training, bottleneck=False, stem="3x3"):
    """The features by PyTorch with the model's weights, and the moved averages."""
    torch = pytest.importorskip("torch")
    relu, averages = torch.relu, {}
    names = {layer.name for layer in model.layers}

    def pair(x, name, number="", stride=1):
        kernel = torch.tensor(model.get_layer(f"{name}_conv{number}").get_weights()[0])
        kernel = kernel.permute(3, 2, 0, 1)
        half = kernel.shape[-1] // 2
        x = torch.nn.functional.conv2d(x, kernel, stride=stride, padding=half)
        norm = model.get_layer(f"{name}_bn{number}")
        gamma, beta, *moved = map(torch.tensor, norm.get_weights())
        averages[norm] = moved
        return torch.nn.functional.batch_norm(x, *moved, gamma, beta, training)

    x = relu(pair(torch.tensor(x.transpose(0, 3, 1, 2)), "stem"))
    if stem == "3x3-pool":
        x = torch.nn.functional.max_pool2d(x, 3, stride=2, padding=1)
    last = 3 if bottleneck else 2
    for stage, count in enumerate(blocks, 1):
        for block in range(1, count + 1):
            name, shortcut = f"stage{stage}_block{block}", x
            stride = 2 if stage > 1 and block == 1 else 1
            if f"{name}_shortcut_conv" in names:
                shortcut = pair(x, f"{name}_shortcut", stride=stride)
            for number in range(1, last):
                x = relu(pair(x, name, number, stride if number == last - 1 else 1))
            x = relu(pair(x, name, last) + shortcut)
    return x.mean(dim=(2, 3)), averages


@pytest.mark.parametrize(
    "shape, blocks, options",
    [
        ((8, 8, 1), (2, 1, 1), {}),
        ((15, 12, 3), (2, 1, 1), {"stem": "3x3-pool"}),
        ((8, 8, 3), (3, 4, 6, 3), {"bottleneck": True}),
    ],
)
def test_the_network_equals_pytorchs(shape, blocks, options):
    # The variance of four 1x1 maps may be so small that it is noise in float32.
    if keras.backend.backend() != "tensorflow":
        pytest.skip("no float64 throughout")
    keras.config.set_dtype_policy("float64")
    model = small_resnet(shape, blocks, 4, **options)
    x = images(16, shape).astype("float64")
    for training in (False, True):
        expected, averages = by_pytorch(model, x, blocks, training, **options)
        found = features_of(model, x, training=training)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
    # The averages of the batch normalisation move as in PyTorch.
    for norm, expected in averages.items():
        mean, variance = norm.get_weights()[2:]
        np.testing.assert_allclose(mean, expected[0], 1e-6, 1e-9)
        n = len(x) * norm.input.shape[1] * norm.input.shape[2]
        # So much is left of the variance 1 at the beginning; PyTorch is unbiased.
        unbiased, biased = expected[1] - 0.9, variance - 0.9
        np.testing.assert_allclose(unbiased, biased * n / (n - 1), rtol=1e-6)
