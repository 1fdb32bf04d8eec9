import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from keras_pod import data as datasets
from keras_pod.experiments.report.hardest_images import hardest
from keras_pod.experiments.report.measurements import measure
from tests.experiments.report.conftest import made_up


@pytest.fixture
def measured():
    test, vectors = made_up()
    found = measure(test, test, vectors, fixed=False)
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.55, 0.45], [0.6, 0.4]])
    return dataclasses.replace(
        found,
        labels=np.array([0, 0, 0, 1]),
        predicted=scores.argmax(axis=1),
        scores=scores,
    )


@pytest.mark.parametrize("shape", [(8, 8, 1), (150, 100, 3)])
def test_pictures_and_what_is_said_of_them(measured, tmp_path, shape):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, size=(4, *shape), dtype=np.uint8)
    path = tmp_path / "images.npz"
    np.savez(path, x_train=x, y_train=[0, 1, 0, 1], x_test=x, y_test=[0, 0, 0, 1])
    images = datasets.load(path, augment=None)
    found = hardest(measured, images, ["cat", "dog"], most=3)
    # Confident errors come first.
    assert [f.place for f in found] == [1, 3, 2]
    assert (found[0].true, found[0].predicted) == ("cat", "dog")
    assert (found[0].score_name, found[0].scores) == ("probability", (0.2, 0.8))
    assert found[0].alt == (
        "Image 1 of class cat, probability 0.20, taken for dog with 0.80."
    )
    assert found[2].alt.endswith("probability 0.55, classified rightly.")
    with Image.open(io.BytesIO(found[0].png)) as picture:
        assert max(picture.size) <= 112
        if shape[0] == 8:
            np.testing.assert_array_equal(np.asarray(picture), x[1, ..., 0])
