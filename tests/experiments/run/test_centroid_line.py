import numpy as np

from keras_pod.experiments.run import centroid_line as module
from keras_pod.layers import PEDCC


def line(num_classes, dim, **kwargs):
    head = PEDCC(num_classes, **kwargs)
    head.build((None, dim))
    return module.centroid_line(head)


def test_optimal_reserved_and_many_centroids(monkeypatch):
    assert line(3, 2) == (
        "centroids: 3 x 2, smallest angle 120.00 degrees, bound 120.00, gap 0.00"
    )
    found = line(2, 2, reserved=1, centroids=[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert found == (
        "centroids: 3 x 2 (1 reserved), smallest angle 90.00 degrees, bound 120.00, "
        "gap 30.00"
    )
    # Of many, the first ones are compared.
    monkeypatch.setattr(module, "_MOST", 10)
    rows = np.random.default_rng(0).standard_normal((12, 3))
    units = (rows / np.linalg.norm(rows, axis=1, keepdims=True))[:10]
    angle = np.degrees(np.arccos((units @ units.T - 2 * np.eye(10)).max()))
    found = line(12, 3, centroids=rows)
    assert f"smallest angle of the first 10 {angle:.2f} degrees" in found
