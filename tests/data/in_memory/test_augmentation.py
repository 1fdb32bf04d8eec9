import dataclasses

import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.in_memory.augmentation import Augmentation, resolve


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("digits", (8, 8, 1), Augmentation(1, False)),
        ("mnist", (28, 28, 1), Augmentation(2, False)),
        ("fashion_mnist", (28, 28, 1), Augmentation(2, True)),
        ("cifar10", (32, 32, 3), Augmentation(4, True)),
        ("cifar100", (32, 32, 3), Augmentation(4, True)),
        ("tiny_imagenet", (64, 64, 3), Augmentation(4, True)),
        ("facescrub", (64, 64, 3), Augmentation(4, True)),
        ("", (64, 48, 3), Augmentation(6, True)),
        ("", (5, 5, 3), Augmentation(1, True)),
        ("", (1, 9, 3), Augmentation(0, True)),
    ],
)
def test_auto(name, shape, expected):
    assert resolve("auto", name, shape) == expected


def test_resolve():
    shape = (8, 9, 1)
    assert resolve(None, "digits", shape) is resolve("none", "digits", shape) is None
    given = Augmentation(3, False, "mean")
    assert resolve(given, "digits", shape) is given
    with pytest.raises(InputError, match="augment must be"):
        resolve("strong", "digits", shape)
    with pytest.raises(InputError, match="pad=8 is too large.*largest is 7"):
        resolve(Augmentation(pad=8), "", shape)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pad", [-1, 1.5, True]),
        ("flip", [1]),
        ("pad_value", ["white"]),
        ("legacy_crop", [1]),
    ],
)
def test_bad_values(name, values):
    for value in values:
        with pytest.raises(InputError, match=name):
            Augmentation(**{name: value})


def test_is_frozen_and_counts_the_places_of_a_crop():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Augmentation().pad = 3
    assert Augmentation(4).offsets == 9
    assert Augmentation(4, legacy_crop=True).offsets == 8
    assert Augmentation(0).offsets == Augmentation(0, legacy_crop=True).offsets == 1
