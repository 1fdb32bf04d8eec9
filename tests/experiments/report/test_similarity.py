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


def group(name="fashion_mnist", names=NAMES):
    data = {"name": name, "class_names": names}
    run = SimpleNamespace(content={"data": data}, label="softmax, seed 0")
    return SimpleNamespace(runs=[run], methods={"softmax": [run]})


@pytest.fixture
def found():
    test, vectors = made_up(count=200, k=10, n=12)
    return measure(test, test, vectors, fixed=False), vectors


def matrix(picture):
    return np.ma.filled(picture.figure.axes[0].images[0].get_array(), np.nan)


def test_learned_vectors_with_superclasses_beside_each_other(found):
    measured, vectors = found
    first = next(similarity.pictures(group(), {"softmax, seed 0": measured}))
    assert "class vectors" in first.says and first.title == "Alike classes: softmax"
    order = [0, 2, 3, 4, 6, 5, 7, 9, 1, 8]
    expected = analysis.cosine_similarity(vectors)[np.ix_(order, order)]
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_allclose(matrix(first), expected)
    shown = [label.get_text() for label in first.figure.axes[0].get_xticklabels()]
    assert shown == [NAMES[i] for i in order]


@pytest.mark.skipif(not analysis.has_wordnet(), reason="no WordNet")
def test_wordnet_beside_them(found):
    *_, last = similarity.pictures(group(), {"softmax, seed 0": found[0]})
    assert last.name == "similarity-wordnet"
    words = analysis.wordnet_similarity(NAMES)
    assert matrix(last)[0, 1] == pytest.approx(words[0, 2])


def test_classes_without_superclasses(found):
    digits = [str(i) for i in range(10)]
    made = list(
        similarity.pictures(group("digits", digits), {"softmax, seed 0": found[0]})
    )
    assert len(made) == 1
    expected = analysis.cosine_similarity(found[1])
    assert matrix(made[0])[0, 1] == pytest.approx(expected[0, 1])


def test_fixed_centroids_say_nothing_so_that_means_do():
    test, vectors = made_up(count=200, k=10, n=12)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    measured = measure(test, test, vectors, fixed=True)
    means = [test.features[test.labels == c].mean(axis=0) for c in range(10)]
    expected = analysis.cosine_similarity(means)
    np.testing.assert_allclose(measured.similarity, expected, rtol=1e-5)
    assert measured.similar == "class means"


def test_two_classes_have_nothing_to_compare(found):
    one = dataclasses.replace(found[0], similarity=np.eye(2))
    digits = group("digits", ["0", "1"])
    assert list(similarity.pictures(digits, {"softmax, seed 0": one})) == []
