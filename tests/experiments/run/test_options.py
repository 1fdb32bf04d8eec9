import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.run.options import merged


def test_of_values_given_twice_equal_ones_are_one():
    given = [("lam", 1), ("dim", 8)]
    assert merged([*given, ("lam", 1.0)]) == {"lam": 1, "dim": 8}
    with pytest.raises(InputError, match="lam is given as 1 and as 2.0: give one"):
        merged([*given, ("lam", 2.0)])
