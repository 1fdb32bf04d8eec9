import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.run.options import merged


def test_equal_values_are_one():
    given = [
        ("--fix lam=1", "lam", 1),
        ("--dim 8", "dim", 8),
        ("--lam 1.0", "lam", 1.0),
    ]
    assert merged(given) == {"lam": 1, "dim": 8}


def test_two_values_are_refused():
    given = [
        ("--fix lam=1", "lam", 1),
        ("--dim 8", "dim", 8),
        ("--lam 2.0", "lam", 2.0),
    ]
    with pytest.raises(InputError, match="--fix lam=1 and --lam 2.0: give one value"):
        merged(given)
