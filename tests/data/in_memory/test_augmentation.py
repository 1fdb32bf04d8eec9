import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.in_memory.augmentation import Augmentation, resolve

SHAPE = (8, 9, 1)


def test_what_an_argument_means():
    usual = Augmentation(1, flip=False)
    assert resolve("auto", usual, SHAPE) is usual
    assert resolve(None, usual, SHAPE) is None
    given = Augmentation(3, False, "mean")
    assert resolve(given, usual, SHAPE) is given
    # Where none is usual, by the size of the images.
    for shape, pad in (((64, 48, 3), 6), ((5, 5, 3), 1), ((1, 9, 3), 0)):
        assert resolve("auto", None, shape) == Augmentation(pad, True)
    assert Augmentation(0).offsets == Augmentation(0, legacy_crop=True).offsets == 1


def test_bad_values():
    with pytest.raises(InputError, match="pad=8 is too large.*largest is 7"):
        resolve(Augmentation(pad=8), None, SHAPE)
    for bad in ({"pad": -1}, {"pad": 1.5}, {"pad_value": "white"}):
        with pytest.raises(InputError, match=next(iter(bad))):
            Augmentation(**bad)
