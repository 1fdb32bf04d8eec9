import dataclasses

import matplotlib.style
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.metrics.pairwise import cosine_similarity

from keras_pod import analysis
from keras_pod.experiments.report import pictures as module
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.runs import Group, Run
from tests.experiments.report.conftest import made_up

NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt"]
NAMES += ["Sneaker", "Bag", "Ankle boot"]
DIGITS = [str(i) for i in range(10)]
TEST, VECTORS = made_up(count=200, k=10, n=12)
FOUND = measure(TEST, TEST, VECTORS, fixed=False)


def test_the_numbers_of_lines_and_images():
    figure = Figure()
    axes = figure.subplots()
    axes.set_title("a")
    axes.plot([1, 2, 3], [2, np.nan, 1 / 3], label="pod")
    axes.plot([1], [5])
    axes.imshow(np.ma.masked_invalid([[np.nan, 0.25], [0.25, np.nan]]))
    assert module.drawn(figure) == [
        {"kind": "line", "label": "pod", "x": [1, 2, 3], "y": [2, None, 0.333333]},
        {"kind": "line", "label": "", "x": [1], "y": [5]},
        {"kind": "image", "label": "a", "rows": [[None, 0.25], [0.25, None]]},
    ]


def test_pictures_of_runs():
    test, vectors = made_up(k=4, n=2)
    measured = measure(test, test, vectors, fixed=False)
    data = {"name": "mine", "class_names": ["a", "b", "c", "d"]}
    content = {"data": data, "settings": {"options": {}, "seed": 0, "loss": "pod"}}
    methods = ["pod", "lam=0.1, as/in:b"]
    group = Group([Run(None, content, [], method, method) for method in methods])
    found = {p.name: p for p in module.of_runs(group, dict.fromkeys(methods, measured))}
    drawn = {"accuracy-by-norm", "norms", "energy", "logits", "vector-norms"}
    names = "pod", "lam=0.1-as-in-b"
    each = {f"{of}-{name}" for of in ("scatter", "similarity") for name in names}
    # Curves of theory are beside runs of their losses.
    assert set(found) == drawn | each | {"pull"}
    scatter = found["scatter-pod"]
    assert scatter.title == "Features of pod" and scatter.alt.startswith(scatter.title)
    theory = module.of_theory({"nac", "rbf-softmax"})
    assert [p.name for p in theory] == ["pull", "kernels"]


def similarities(measured=FOUND, data="fashion_mnist", names=NAMES):
    """Each map: its picture, the matrix, and the names beside it."""
    found = []
    for picture in module.of_similarity(data, names, {"softmax": measured}):
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
    with matplotlib.style.context(module.STYLE):
        # Dollars enclose no formula.
        assert similarities(data="mine", names=["$_$", *DIGITS[1:]])[0][0].png()
    # Two classes have nothing to compare.
    two = dataclasses.replace(FOUND, similarity=np.eye(2))
    assert similarities(two, "digits", ["0", "1"]) == []


@pytest.mark.skipif(not analysis.has_wordnet(), reason="no WordNet")
def test_wordnet_beside_them():
    *_, (last, matrix, _) = similarities()
    assert last.name == "similarity-wordnet"
    words = analysis.wordnet_similarity(NAMES)
    assert matrix[0, 1] == pytest.approx(words[0, 2])
