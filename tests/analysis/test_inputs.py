import numpy as np
import pytest

from keras_pod.analysis.inputs import class_means, labels_of, matrix, unit
from keras_pod.core.errors import InputError


def test_zero_rows_stay_zero():
    assert unit(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist() == [[0, 0], [0.6, 0.8]]


def test_means_of_the_classes_that_occur():
    means, classes = class_means(np.array([[1.0], [3.0], [9.0]]), np.array([4, 4, 1]))
    assert classes.tolist() == [1, 4] and means.tolist() == [[9], [2]]


@pytest.mark.parametrize("values", [[1.0], [[]], [[np.inf]], [[[1.0]]]])
def test_not_a_matrix(values):
    with pytest.raises(InputError, match="`features` must be"):
        matrix("features", values)


@pytest.mark.parametrize("values", [[0], [[0, 1]], [0, 0.5], [0, -1], ["a", "b"]])
def test_not_labels(values):
    with pytest.raises(InputError, match="`labels` must be"):
        labels_of(values, 2)
