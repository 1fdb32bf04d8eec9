import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.evaluation.unit_rows import unit_rows


def test_rows_are_divided_by_their_norm_in_every_part():
    x = np.random.default_rng(0).normal(size=(9001, 3)) * 1e20
    expected = x / np.linalg.norm(x, axis=1, keepdims=True)
    (found,) = unit_rows(x=x)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    (found,) = unit_rows(x=x.astype("float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    assert not unit_rows(x=np.zeros((2, 3)))[0].any()


def test_they_are_of_one_type():
    double, single = np.ones((2, 3)), np.ones((4, 3), "float32")

    def types(*arguments, **features):
        return {str(rows.dtype) for rows in unit_rows(*arguments, **features)}

    assert types(a=double, b=double) == {"float64"}
    assert types(a=double, b=single) == types(a=single) == {"float32"}
    assert types(False, a=double, b=double) == {"float32"}


def test_the_row_that_is_not_finite_is_named():
    x = np.ones((9001, 2))
    x[9000, 1] = np.nan
    with pytest.raises(InputError, match="`gallery` must be finite, got nan in row 90"):
        unit_rows(gallery=x)


@pytest.mark.parametrize("values", [[1.0], np.ones((0, 3)), np.ones((2, 0))])
def test_bad_shapes(values):
    with pytest.raises(InputError, match="must be of shape"):
        unit_rows(x=values)


def test_sizes_must_be_the_same():
    assert len(unit_rows(a=np.ones((1, 2)), b=np.ones((3, 2)))) == 2
    with pytest.raises(InputError, match="`a` .* and `b` .* differ in size"):
        unit_rows(a=np.ones((1, 2)), b=np.ones((1, 3)))
