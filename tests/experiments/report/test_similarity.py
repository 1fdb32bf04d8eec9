import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from keras_pod import analysis
from keras_pod.experiments.report import similarity
from keras_pod.experiments.report.measurements import measure
from tests.experiments.report.conftest import made_up

NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt"]
NAMES += ["Sneaker", "Bag", "Ankle boot"]
DIGITS = [str(i) for i in range(10)]
TEST, VECTORS = made_up(count=200, k=10, n=12)
FOUND = measure(TEST, TEST, VECTORS, fixed=False)


def pictures(measured=FOUND, name="fashion_mnist", names=NAMES):
    data = {"name": name, "class_names": names}
    run = SimpleNamespace(content={"data": data}, label="softmax, seed 0")
    group = SimpleNamespace(runs=[run], methods={"softmax": [run]})
    return list(similarity.pictures(group, {"softmax, seed 0": measured}))


def drawn(picture):
    """The matrix, and the names beside it."""
    axes = picture.content.axes[0]
    names = [label.get_text() for label in axes.get_xticklabels()]
    return np.ma.filled(axes.images[0].get_array(), np.nan), names


def test_learned_vectors_with_superclasses_beside_each_other():
    first = pictures()[0]
    assert "class vectors" in first.says and first.title == "Alike classes: softmax"
    order = [0, 2, 3, 4, 6, 5, 7, 9, 1, 8]
    expected = analysis.cosine_similarity(VECTORS)[np.ix_(order, order)]
    np.fill_diagonal(expected, np.nan)
    matrix, names = drawn(first)
    np.testing.assert_allclose(matrix, expected)
    assert names == [NAMES[i] for i in order]


@pytest.mark.skipif(not analysis.has_wordnet(), reason="no WordNet")
def test_wordnet_beside_them():
    *_, last = pictures()
    assert last.name == "similarity-wordnet"
    words = analysis.wordnet_similarity(NAMES)
    assert drawn(last)[0][0, 1] == pytest.approx(words[0, 2])


def test_classes_without_superclasses():
    (made,) = pictures(name="digits", names=DIGITS)
    expected = analysis.cosine_similarity(VECTORS)
    assert drawn(made)[0][0, 1] == pytest.approx(expected[0, 1])
    assert drawn(made)[1] == DIGITS


def test_fixed_centroids_say_nothing_so_that_means_do():
    vectors = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    measured = measure(TEST, TEST, vectors, fixed=True)
    means = [TEST.features[TEST.labels == c].mean(axis=0) for c in range(10)]
    expected = analysis.cosine_similarity(means)
    np.testing.assert_allclose(measured.similarity, expected, rtol=1e-5)
    assert measured.similar == "class means"


def test_two_classes_have_nothing_to_compare():
    two = dataclasses.replace(FOUND, similarity=np.eye(2))
    assert pictures(two, "digits", ["0", "1"]) == []
