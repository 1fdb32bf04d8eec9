import re

import numpy as np
import pytest

from keras_pod.experiments.run import centroid_line as module
from keras_pod.layers import PEDCC


def line(num_classes, dim, **kwargs):
    head = PEDCC(num_classes, **kwargs)
    head.build((None, dim))
    return module.centroid_line(head)


def test_line_of_an_optimal_arrangement():
    assert line(3, 2) == (
        "centroids: 3 x 2, smallest angle 120.00 degrees, bound 120.00, gap 0.00"
    )


def test_line_of_given_and_reserved_centroids():
    found = line(2, 2, reserved=1, centroids=[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert found == (
        "centroids: 3 x 2 (1 reserved), smallest angle 90.00 degrees, bound 120.00, "
        "gap 30.00"
    )


def test_of_many_centroids_some_are_compared_with_all(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 10)
    monkeypatch.setattr(module, "_SAMPLE", 12)
    rows = np.random.default_rng(0).standard_normal((12, 3))
    whole = line(12, 3, centroids=rows)
    monkeypatch.setattr(module, "_MOST", 12)
    assert re.sub(r" \(of 12 to all\)", "", whole) == line(12, 3, centroids=rows)
    assert "(of 12 to all)" in whole
    angle = float(re.search(r"all\) ([\d.]+)", whole)[1])
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    gram = units @ units.T - 2 * np.eye(12)
    assert angle == pytest.approx(np.degrees(np.arccos(gram.max())), abs=0.006)
