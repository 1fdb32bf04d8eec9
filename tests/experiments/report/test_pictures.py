import dataclasses
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.metrics.pairwise import cosine_similarity

from keras_pod import analysis
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.pictures import (
    MOST_SVG,
    STYLE,
    Picture,
    of_runs,
    of_similarity,
    of_theory,
)
from tests.experiments.report.conftest import made_up

NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt"]
NAMES += ["Sneaker", "Bag", "Ankle boot"]
DIGITS = [str(i) for i in range(10)]
TEST, VECTORS = made_up(count=200, k=10, n=12)
FOUND = measure(TEST, TEST, VECTORS, fixed=False)


@pytest.mark.parametrize(
    ("losses", "names"),
    [
        ({"softmax"}, []),
        ({"softmax", "pod"}, ["pull"]),
        ({"nac", "rbf-softmax"}, ["pull", "kernels"]),
    ],
)
def test_curves_of_theory_are_beside_runs_of_their_losses(losses, names):
    assert [picture.name for picture in of_theory(losses)] == names


@pytest.mark.parametrize(("points", "kind"), [(2, "svg+xml"), (30_000, "png")])
@matplotlib.rc_context(STYLE)
def test_a_picture_is_small_either_way(points, kind):
    figure = Figure()
    figure.subplots().plot([i * 7919 % 101 for i in range(points)], ".")
    picture = Picture("p", "t", "s", "", figure)
    uri = picture.uri()
    assert uri.startswith(f"data:image/{kind};base64,") and uri == picture.uri()
    assert len(uri) < MOST_SVG * 4 and picture.png()[:4] == b"\x89PNG"


def test_features_in_two_dimensions_are_drawn():
    test, vectors = made_up(k=4, n=2)
    measured = measure(test, test, vectors, fixed=False)
    data = {"name": "mine", "class_names": ["a", "b", "c", "d"]}
    run = SimpleNamespace(
        content={"data": data}, label="pod, seed 0", settings={"loss": "pod"}
    )
    group = SimpleNamespace(runs=[run], methods={"pod": [run]})
    found = {picture.name: picture for picture in of_runs(group, {run.label: measured})}
    assert {"norms", "energy", "vector-norms", "pull", "similarity-0"} <= set(found)
    scatter = found["scatter-0"]
    assert scatter.title == "Features of pod" and scatter.alt.startswith(scatter.title)
    dots = scatter.figure.axes[0].lines[2].get_xydata()
    np.testing.assert_allclose(dots, test.features[test.labels == 2])


def similarities(measured=FOUND, data="fashion_mnist", names=NAMES):
    """Each map: its picture, the matrix, and the names beside it."""
    found = []
    for picture in of_similarity(data, names, {"softmax": measured}):
        axes = picture.figure.axes[0]
        labels = [label.get_text() for label in axes.get_xticklabels()]
        matrix = np.ma.filled(axes.images[0].get_array(), np.nan)
        found.append((picture, matrix, labels))
    return found


def test_classes_of_a_superclass_are_beside_each_other():
    first, matrix, names = similarities()[0]
    assert "class vectors" in first.says and first.title == "Alike classes: softmax"
    order = [0, 2, 3, 4, 6, 5, 7, 9, 1, 8]
    expected = cosine_similarity(VECTORS)[np.ix_(order, order)]
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_allclose(matrix, expected)
    assert names == [NAMES[i] for i in order]
    # Digits have none.
    [(_, matrix, names)] = similarities(data="digits", names=DIGITS)
    assert matrix[0, 1] == pytest.approx(cosine_similarity(VECTORS)[0, 1])
    assert names == DIGITS
    # Two classes have nothing to compare.
    two = dataclasses.replace(FOUND, similarity=np.eye(2))
    assert similarities(two, "digits", ["0", "1"]) == []


@pytest.mark.skipif(not analysis.has_wordnet(), reason="no WordNet")
def test_wordnet_beside_them():
    *_, (last, matrix, _) = similarities()
    assert last.name == "similarity-wordnet"
    words = analysis.wordnet_similarity(NAMES)
    assert matrix[0, 1] == pytest.approx(words[0, 2])
