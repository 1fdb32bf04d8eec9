"""Backbones by name."""

import numpy as np
import pytest

from keras_pod.errors import InputError
from keras_pod.models import BACKBONES, backbone


@pytest.mark.parametrize(
    "name, shape, built, features",
    [
        ("resnet8", (8, 8, 1), "resnet8", 64),
        ("resnet8-32", (8, 8, 1), "resnet8_32", 128),
        ("resnet20-4", (8, 8, 1), "resnet20_4", 16),
        ("resnet18-4", (8, 8, 1), "resnet18_4", 32),
        ("auto", (8, 8, 1), "resnet8", 64),
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


def test_every_listed_name_can_be_built():
    assert BACKBONES == ("auto", "resnet8", "resnet20", "resnet18")
    for name in BACKBONES[1:]:
        assert backbone(f"{name}-2", (4, 4, 1)).count_params() > 0


def test_seed_reaches_the_weights():
    one, same, other = (
        backbone("resnet8-4", (8, 8, 1), seed=seed).get_weights()[0]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    "name", ["resnet9", "resnet", "", "auto-32", "Resnet8", "8", "resnet88-4", None]
)
def test_unknown_names(name):
    with pytest.raises(InputError, match=f"unknown backbone '{name}'.*Known: auto"):
        backbone(name, (8, 8, 1))


@pytest.mark.parametrize("name", ["resnet8-", "resnet8-0", "resnet8-w", "resnet8-1-2"])
def test_bad_widths(name):
    with pytest.raises(InputError, match=f"'{name}'.*'resnet8-32'"):
        backbone(name, (8, 8, 1))


@pytest.mark.parametrize("shape", [(8, 8), (), 8, (None, 8, 1), ("8", 8, 1)])
@pytest.mark.parametrize("name", ["auto", "resnet20"])
def test_bad_shapes(name, shape):
    with pytest.raises(InputError, match="input_shape=.*channels"):
        backbone(name, shape)
