import numpy as np

from keras_pod.evaluation.unit_rows import unit_rows
from tests.refusals import refused


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


NAN = np.ones((9001, 2))
NAN[9000, 1] = np.nan
test_bad_input = refused(
    (lambda: unit_rows(gallery=NAN), "`gallery` must be finite, got nan in row 9000"),
    *[
        (lambda v=v: unit_rows(x=v), "must be of shape")
        for v in ([1.0], np.ones((0, 3)), np.ones((2, 0)))
    ],
    (
        lambda: unit_rows(a=np.ones((1, 2)), b=np.ones((1, 3))),
        "`a` .* and `b` .* differ in size",
    ),
)
