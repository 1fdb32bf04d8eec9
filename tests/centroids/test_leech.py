import numpy as np
import pytest

from keras_pod.centroids import is_searched, leech, max_cosine, pedcc
from keras_pod.centroids.most_even import best_code


@pytest.fixture(scope="module")
def shortest():
    return leech.shortest()


def test_golay_code_weights():
    words = leech.golay()
    weights, counts = np.unique(words.sum(axis=1), return_counts=True)
    assert weights.tolist() == [0, 8, 12, 16, 24]
    assert counts.tolist() == [1, 759, 2576, 759, 1]
    # linear: the sum of two words is a word
    known = {tuple(word) for word in words}
    assert all(tuple(word) in known for word in words ^ words[1234])


def test_shortest_vectors(shortest):
    assert len(np.unique(shortest, axis=0)) == len(shortest) == 196_560
    assert np.all((shortest**2).sum(axis=1) == 32)
    # Integers, and no cosine above 1/2: with a few here, as the group is transitive.
    for row in shortest[::10_000]:
        products = shortest @ row
        assert np.all(products % 8 == 0)
        assert np.sort(products)[-2] == 16


def test_sections(shortest):
    for size, dim, cosine, steps in leech.SECTIONS:
        rows, fixed = leech.section(shortest, steps)
        assert len(rows) == size
        assert len(fixed) == 24 - dim == np.linalg.matrix_rank(fixed)
        # In whole numbers: all have the same products with the fixed vectors, and so
        # the same part in their span.
        (products,) = np.unique(rows @ fixed.T, axis=0)
        common = products @ np.linalg.solve(fixed @ fixed.T, products)
        gram = rows.astype("float32") @ rows.T.astype("float32")
        found = (gram[gram < 32].max() - common) / (32 - common)
        assert found == pytest.approx(cosine, abs=1e-7), (size, dim)
        # The rest spans the space that is claimed.
        assert np.linalg.matrix_rank(rows - rows.mean(axis=0)) == dim


def test_subsets_are_spread_and_opposites_are_neighbours():
    # Not the half of a sphere, which the first in some order are.
    points = pedcc(100, 21)
    assert np.linalg.norm(points.mean(axis=0)) < 0.1
    points = pedcc(4600, 23)
    assert np.abs(points[0::2] + points[1::2]).max() < 1e-12


@pytest.mark.parametrize(
    ("k", "n"), [(56, 20), (100, 22), (275, 22), (552, 23), (891, 24), (4600, 26)]
)
def test_they_are_chosen(k, n):
    code = best_code(k, n)
    assert code.name.startswith("Leech")
    assert not is_searched(k, n)
    points = pedcc(k, n, seed=1)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert max_cosine(points) == pytest.approx(code.cosine, abs=1e-12)
    assert not np.allclose(points, pedcc(k, n, seed=2))
