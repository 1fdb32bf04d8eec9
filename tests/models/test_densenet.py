"""DenseNets: stems, and PyTorch's formula of the growth."""

import keras
import numpy as np
import pytest

from keras_pod.models import densenet121, densenet_bc


@pytest.mark.parametrize("side, last", [(64, 4), (224, 7)])
def test_the_stem_fits_the_image(side, last):
    model = densenet121((side, side, 3), width=2)
    assert model.layers[-2].output.shape[1] == last


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
