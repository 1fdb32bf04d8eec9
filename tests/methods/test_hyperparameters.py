"""Where hyperparameters are searched, and how users write it."""

import keras_tuner
import pytest

from keras_pod.core.errors import InputError
from keras_pod.methods.hyperparameters import Span, Values, parse


def test_a_span_declares_itself():
    hp = keras_tuner.HyperParameters()
    assert Span(0.01, 100).declare(hp, "lam", 1.0, grid=False) == 1.0
    assert hp.space[0].sampling == "log"
    # A default outside is brought in.
    assert Span(2, 4).declare(hp, "a", 1.0, grid=False) == 2.0
    assert Span(2, 40, whole=True).declare(hp, "n", 8, grid=False) == 8
    # It rounds to four digits.
    hp.values["beta"] = 0.1234567
    assert Span(0.01, 100).declare(hp, "beta", 1.0, grid=False) == 0.1235


def test_a_grid_has_its_own_values_or_even_ones():
    for span, expected in (
        (Span(1, 100, grid=(3.0, 7.0)), [3.0, 7.0]),
        (Span(1e-2, 1e4), [10.0**e for e in range(-2, 5)]),
        (Span(0, 3, log=False), [0, 0.5, 1, 1.5, 2, 2.5, 3]),
        (Values((1, 2, 3), grid=(1, 3)), [1, 3]),
    ):
        hp = keras_tuner.HyperParameters()
        span.declare(hp, "x", None, grid=True)
        assert hp.space[0].values == pytest.approx(expected)


def test_parse():
    usual = Span(1e-3, 1e3)
    assert parse("1:10", usual) == Span(1, 10)
    assert not parse("0:10", usual).log
    assert parse("1/1.3/2", usual) == Values((1.0, 1.3, 2.0))
    assert parse("16:64", Values((8, 32))) == Span(16, 64, whole=True)
    assert parse("step", Values(("cosine", "step"))) == Values(("step",))


@pytest.mark.parametrize("text", ["", "a", "3:1", "1:inf", "1:2:3", "nan", "1/"])
def test_parse_refuses(text):
    with pytest.raises(InputError, match="low:high"):
        parse(text, Span(1e-3, 1e3))
    with pytest.raises(InputError, match="cosine, step"):
        parse("1:2", Values(("cosine", "step")))
