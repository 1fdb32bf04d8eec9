import numpy as np

from keras_pod.analysis.inputs import labels_of, matrix, unit, unit_rows
from tests.refusals import refused


def test_zero_rows_stay_zero():
    assert unit(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist() == [[0, 0], [0.6, 0.8]]


NO_MATRICES = [[1.0], [[]], [[np.inf]], [[[1.0]]]]
NO_LABELS = [[0], [[0, 1]], [0, 0.5], [0, -1], ["a", "b"]]
test_not_a_matrix = refused(
    *[(lambda v=v: matrix("features", v), "`features` must be") for v in NO_MATRICES]
)
test_not_labels = refused(
    *[(lambda v=v: labels_of(v, 2), "`labels` must be") for v in NO_LABELS]
)


def test_norms_of_unit_rows_are_taken_in_double_precision():
    x = np.random.default_rng(0).normal(size=(9, 3)) * 1e20
    expected = x / np.linalg.norm(x, axis=1, keepdims=True)
    np.testing.assert_allclose(unit_rows(x=x)[0], expected, rtol=1e-14)
    for double, given in ((True, x.astype("float32")), (False, x)):
        (found,) = unit_rows(double, x=given)
        assert found.dtype == "float32"
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


NAN = np.ones((9, 2))
NAN[8, 1] = np.nan
test_no_rows = refused(
    (lambda: unit_rows(gallery=NAN), "`gallery` must be finite, got nan in row 8"),
    (lambda: unit_rows(x=np.ones((0, 3))), "`x` must be of shape"),
    (lambda: unit_rows(a=[[1.0, 2.0]], b=[[1.0]]), "`a` .* and `b` .* differ in size"),
)
