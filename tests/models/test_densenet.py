"""DenseNets: published sizes, stems, PyTorch's formula of the growth, weights."""

import keras
import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.models import densenet121, densenet_bc


def trainable_count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def test_published_sizes():
    model = densenet121((224, 224, 3))
    assert model.output_shape == (None, 1024)
    assert trainable_count(model) + 1025 * 1000 == 7_978_856  # torchvision's
    model = densenet_bc((32, 32, 3))
    assert model.output_shape == (None, 342)
    assert trainable_count(model) + 343 * 10 == 769_162  # 0.8M in the paper


@pytest.mark.parametrize("side, last", [(32, 4), (64, 4), (224, 7)])
def test_the_stem_fits_the_image(side, last):
    model = densenet121((side, side, 3), width=2)
    assert model.layers[-2].output.shape[1] == last


@pytest.mark.parametrize(
    "build, shape, words",
    [
        (lambda shape: densenet121(shape, 2), (7, 9, 1), "at least 8 pixels"),
        (lambda shape: densenet121(shape, 2, "3x3-pool"), (8, 8, 1), "at least 16"),
        (lambda shape: densenet121(shape, 2, "5x5"), (8, 8, 1), "stem='5x5'"),
        (lambda shape: densenet_bc(shape, 2), (3, 8, 1), "at least 4 pixels"),
        (lambda shape: densenet_bc(shape, 2, depth=99), (8, 8, 1), "depth=99"),
        (
            lambda shape: densenet121(shape, 16, weights="imagenet"),
            (224, 224, 3),
            "width=16 cannot.*'imagenet'",
        ),
        (
            lambda shape: densenet121(shape, stem="3x3", weights="imagenet"),
            (224, 224, 3),
            "stem='3x3' cannot.*'imagenet'",
        ),
    ],
)
def test_what_cannot_be_built(build, shape, words):
    with pytest.raises(InputError, match=words):
        build(shape)


def test_blocks_equal_pytorch():
    torch = pytest.importorskip("torch")
    model = densenet_bc((8, 8, 1), width=2, depth=16)
    rng = np.random.default_rng(0)
    model.set_weights(
        [rng.uniform(0.1, 1, w.shape).astype("float32") for w in model.get_weights()]
    )
    x = rng.normal(size=(2, 8, 8, 1)).astype("float32")

    def norm_relu(x, layer):
        gamma, beta, mean, variance = map(torch.tensor, layer.get_weights())
        x = torch.nn.functional.batch_norm(x, mean, variance, gamma, beta)
        return torch.relu(x)

    def conv(x, name):
        kernel = torch.tensor(model.get_layer(name).get_weights()[0])
        kernel = kernel.permute(3, 2, 0, 1)
        return torch.nn.functional.conv2d(x, kernel, padding=kernel.shape[-1] // 2)

    y = conv(torch.tensor(x.transpose(0, 3, 1, 2)), "stem_conv")
    for block in (1, 2, 3):
        if block > 1:
            label = f"transition{block - 1}"
            y = conv(norm_relu(y, model.get_layer(f"{label}_bn")), f"{label}_conv")
            y = torch.nn.functional.avg_pool2d(y, 2)
        for layer in (1, 2):
            new = y
            for number in (1, 2):
                label = f"block{block}_layer{layer}"
                norm = model.get_layer(f"{label}_bn{number}")
                new = conv(norm_relu(new, norm), f"{label}_conv{number}")
            y = torch.cat([y, new], dim=1)
    expected = norm_relu(y, model.get_layer("final_bn")).mean(dim=(2, 3))
    found = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
