"""Backbones by name."""

import importlib.util
import random

import keras
import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.models import BACKBONES, backbone
from tests.refusals import refused

needs_hub = pytest.mark.skipif(
    importlib.util.find_spec("keras_hub") is None, reason="needs keras-hub"
)
slow = pytest.mark.slow

# A narrow copy of every network, and its features for 28x28 and 32x32 pixels.
NARROW = [
    pytest.param("resnet8-4", 16, 16),
    pytest.param("resnet20-4", 16, 16, marks=slow),
    pytest.param("resnet18-4", 32, 32),
    pytest.param("resnet50-4", 128, 128, marks=slow),
    pytest.param("densenet_bc-2", 57, 57, marks=slow),
    pytest.param("vgg16-4", 32, 32),
    pytest.param("vgg19-4", 32, 32, marks=slow),
    pytest.param("mnist_cnn-4", 9 * 16, 16 * 16),
    pytest.param("densenet121-2", 64, 64, marks=slow),
    pytest.param("mobilenet_v2-10", 1280, 1280),
    pytest.param("efficientnet_b0-10", 128, 128, marks=slow),
    pytest.param("efficientnet_b1-10", 128, 128, marks=slow),
    pytest.param("efficientnet_b4-10", 180, 180, marks=slow),
    pytest.param("vit_b16-16", 16, 16, marks=needs_hub),
    pytest.param("swin_b-8", 16, 32, marks=needs_hub),
]


@pytest.mark.parametrize(
    "name, shape, built, features",
    [
        ("resnet8", (8, 8, 1), "resnet8", 64),
        ("resnet8-32", (8, 8, 1), "resnet8_32", 128),
        ("auto", (28, 12, 3), "resnet8", 64),
        ("auto", (12, 29, 3), "resnet20", 64),
        ("auto", (40, 33, 3), "resnet20", 64),
        ("auto", (41, 32, 3), "resnet18", 512),
    ],
)
def test_names(name, shape, built, features):
    model = backbone(name, shape)
    assert model.name == built
    assert model.input_shape == (None, *shape)
    assert model.output_shape == (None, features)


def test_every_network_is_listed():
    narrow = [entry.values[0].split("-")[0] for entry in NARROW]
    assert set(BACKBONES) == {"auto", "keras_hub", *narrow}
    assert len(BACKBONES) == len(narrow) + 2


@pytest.mark.parametrize("name, features, features_at_32", NARROW)
def test_a_narrow_copy_takes_a_training_step(name, features, features_at_32):
    model = backbone(name, (28, 28, 1))
    assert model.output_shape == (None, features)
    model.compile("sgd", "mse", run_eagerly=keras.backend.backend() != "jax")
    before = model.get_weights()[0]
    x = np.random.default_rng(0).normal(size=(4, 28, 28, 1)).astype("float32")
    model.train_on_batch(x, np.ones((4, features)))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert not np.array_equal(before, model.get_weights()[0])
    assert backbone(name, (32, 32, 3)).output_shape == (None, features_at_32)


# Those whose weights this package draws, Keras, and KerasHub.
DRAWN = ["mnist_cnn-4", "mobilenet_v2-10", pytest.param("vit_b16-8", marks=needs_hub)]


@pytest.mark.parametrize("name", DRAWN)
def test_the_seed_alone_decides_the_weights_which_are_saved(tmp_path, name):
    state = random.getstate()
    model = backbone(name, (8, 8, 1), seed=3)
    first = model.get_weights()
    assert random.getstate() == state
    keras.layers.Dense(7).build((None, 5))  # draws from Keras's own generator
    again = backbone(name, (8, 8, 1), seed=3).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    others = [backbone(name, (8, 8, 1), seed=s).get_weights() for s in (None, None)]
    assert not np.array_equal(others[0][0], first[0])
    assert not np.array_equal(others[0][0], others[1][0])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    found, expected = (keras.ops.convert_to_numpy(net(x)) for net in (loaded, model))
    np.testing.assert_array_equal(found, expected)
    kinds = {type(layer).__module__.partition(".")[0] for layer in loaded.layers}
    assert kinds - {"keras_hub"} == {"keras"}


def test_how_a_network_begins_can_be_chosen():
    for stem, side in (("auto", 4), ("original", 1)):
        model = backbone("mobilenet_v2-10", (32, 32, 3), stem=stem)
        assert model.get_layer("out_relu").output.shape[1:3] == (side, side)


SIDE = (224, 224, 3)
UNKNOWN = ["resnet9", "", "auto-32", "Resnet8", "resnet88-4", None]
BAD_WIDTHS = ["resnet8-", "resnet8-0", "resnet8-w", "resnet8-1-2"]
test_bad_names = refused(
    *[
        (lambda n=n: backbone(n, (8, 8, 1)), f"unknown backbone '{n}'.*Known: auto")
        for n in UNKNOWN
    ],
    *[(lambda n=n: backbone(n, (8, 8, 1)), f"'{n}'.*'resnet8-32'") for n in BAD_WIDTHS],
    (lambda: backbone("resnet50", SIDE, weights="imagenet"), "resnet50.*no.*swin_b"),
    # Weights reach the network.
    (lambda: backbone("mobilenet_v2", (32, 32, 3), weights="no-file"), "no-file"),
    (lambda: backbone("vgg16", (8, 8, 3), stem="original"), "'vgg16' has no stem='or"),
)


@pytest.mark.parametrize("shape", [(8, 8), (), 8, (None, 8, 1), ("8", 8, 1)])
def test_bad_shapes(shape):
    for name in ("auto", "resnet20"):
        with pytest.raises(InputError, match="input_shape=.*channels"):
            backbone(name, shape)
