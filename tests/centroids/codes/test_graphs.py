import numpy as np
import pytest

from keras_pod.centroids import is_searched, max_cosine, max_cosine_bound, pedcc
from keras_pod.centroids.choice import best_code
from keras_pod.centroids.codes import graphs

# Vertices, valency, common neighbours of two adjacent vertices and of two others, and
# the eigenvalues besides the valency.
GRAPHS = [
    (graphs.hoffman_singleton, (50, 7, 0, 1), (2, -3)),
    (lambda: graphs.elliptic_quadric(2), (27, 10, 1, 5), (1, -5)),
    (lambda: graphs.elliptic_quadric(3), (112, 30, 2, 10), (2, -10)),
    (lambda: graphs.elliptic_quadric(4), (325, 68, 3, 17), (3, -17)),
    (lambda: graphs.elliptic_quadric(5), (756, 130, 4, 26), (4, -26)),
]


@pytest.mark.parametrize(("graph", "parameters", "eigenvalues"), GRAPHS)
def test_strongly_regular(graph, parameters, eigenvalues):
    adjacent = graph().astype(int)
    size, valency, common, other = parameters
    unit, ones = np.eye(size, dtype=int), np.ones((size, size), dtype=int)
    expected = valency * unit + common * adjacent + other * (ones - unit - adjacent)
    assert np.array_equal(adjacent @ adjacent, expected)
    larger, smaller = eigenvalues
    left = adjacent @ adjacent - (larger + smaller) * adjacent + larger * smaller * unit
    assert np.array_equal(left, other * ones)


@pytest.mark.parametrize("code", graphs.graph_codes(), ids=lambda code: code.name)
def test_what_is_claimed_is_built(code):
    (rows,) = code.blocks()
    assert rows.shape == (code.size, code.dim)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-12
    assert np.linalg.matrix_rank(rows) == code.dim
    gram = rows @ rows.T
    cosines = np.unique(gram.round(9))
    assert len(cosines) == 3 and cosines[-1] == 1
    assert cosines[1] == pytest.approx(code.cosine, abs=1e-9)
    assert max_cosine(rows) == pytest.approx(code.cosine, abs=1e-12)


def test_quadrics_are_optimal():
    found = [code for code in graphs.graph_codes() if "quadric" in code.name]
    assert [(c.size, c.dim) for c in found] == [(325, 52), (756, 105), (2752, 301)]
    for code in found:
        bound = max_cosine_bound(code.size, code.dim)
        assert code.cosine == pytest.approx(bound, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "name"),
    [
        (50, 21, "Hoffman-Singleton"),
        (325, 52, "elliptic quadric(4)"),
        (300, 60, "elliptic quadric(4)"),
        (756, 105, "elliptic quadric(5)"),
    ],
)
def test_pedcc_chooses_them(k, n, name):
    code = best_code(k, n)
    assert code.name == name
    if not is_searched(k, n):
        points = pedcc(k, n)
        assert max_cosine(points) == pytest.approx(code.cosine, abs=1e-12)
