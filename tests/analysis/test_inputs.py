import numpy as np

from keras_pod.analysis.inputs import class_means, labels_of, matrix, unit
from tests.refusals import refused


def test_zero_rows_stay_zero():
    assert unit(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist() == [[0, 0], [0.6, 0.8]]


def test_means_of_the_classes_that_occur():
    means, classes = class_means(np.array([[1.0], [3.0], [9.0]]), np.array([4, 4, 1]))
    assert classes.tolist() == [1, 4] and means.tolist() == [[9], [2]]


NO_MATRICES = [[1.0], [[]], [[np.inf]], [[[1.0]]]]
NO_LABELS = [[0], [[0, 1]], [0, 0.5], [0, -1], ["a", "b"]]
test_not_a_matrix = refused(
    *[(lambda v=v: matrix("features", v), "`features` must be") for v in NO_MATRICES]
)
test_not_labels = refused(
    *[(lambda v=v: labels_of(v, 2), "`labels` must be") for v in NO_LABELS]
)
