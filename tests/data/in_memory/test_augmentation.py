import dataclasses

import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.in_memory.augmentation import Augmentation, resolve


def test_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Augmentation().pad = 3


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


@pytest.mark.parametrize("off", [None, "none"])
def test_off(off):
    assert resolve(off, "digits", (8, 8, 1)) is None


def test_given_wins():
    given = Augmentation(3, False, "mean")
    assert resolve(given, "digits", (8, 8, 1)) is given


@pytest.mark.parametrize(
    "bad",
    [
        {"pad": -1},
        {"pad": 1.5},
        {"pad": True},
        {"flip": 1},
        {"pad_value": "white"},
        {"legacy_crop": 1},
    ],
)
def test_bad_values(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        Augmentation(**bad)


def test_padding_as_large_as_the_image():
    with pytest.raises(InputError, match="pad=8 is too large.*largest is 7"):
        resolve(Augmentation(pad=8), "", (8, 9, 1))


def test_something_else():
    with pytest.raises(InputError, match="augment must be"):
        resolve("strong", "digits", (8, 8, 1))


def test_places_of_a_crop():
    assert Augmentation(4).offsets == 9
    assert Augmentation(4, legacy_crop=True).offsets == 8
    assert Augmentation(0).offsets == Augmentation(0, legacy_crop=True).offsets == 1
