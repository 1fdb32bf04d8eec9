import numpy as np
import pytest

from keras_pod.centroids import is_searched, max_cosine, pedcc
from keras_pod.centroids.codes import lattices
from keras_pod.centroids.most_even import best_code

# Shortest vectors, the scale of their inner products, their norm, and the sections.
LATTICES = {
    "E8": (lattices.e8(), 4, 8, lattices._E8),
    "Leech": (lattices.leech(), 8, 32, lattices._LEECH),
}
CODES = {(c.name.split("(")[0], c.size, c.dim): c for c in lattices.lattice_codes()}


def test_golay_code_weights():
    words = lattices.golay()
    weights, counts = np.unique(words.sum(axis=1), return_counts=True)
    assert weights.tolist() == [0, 8, 12, 16, 24]
    assert counts.tolist() == [1, 759, 2576, 759, 1]
    # linear: the sum of two words is a word
    known = {tuple(word) for word in words}
    assert all(tuple(word) in known for word in words ^ words[1234])
    assert any((word == [1] * 8 + [0] * 16).all() for word in words)


@pytest.mark.parametrize(("name", "size"), [("E8", 240), ("Leech", 196_560)])
def test_shortest_vectors(name, size):
    rows, scale, norm, _ = LATTICES[name]
    assert len(np.unique(rows, axis=0)) == len(rows) == size
    assert np.all((rows**2).sum(axis=1) == norm)
    # Integers, and no cosine above 1/2: with a few here, as the group is transitive.
    for row in rows[:: size // 20]:
        products = rows @ row
        assert np.all(products % scale == 0)
        assert np.sort(products)[-2] == norm // 2


@pytest.mark.parametrize("name", ["E8", "Leech"])
def test_sections(name):
    shortest, scale, norm, sections = LATTICES[name]
    for size, dim, cosine, steps in sections:
        rows, fixed = lattices.section(shortest, scale, steps)
        assert rows.shape == (size, shortest.shape[1])
        assert len(fixed) == shortest.shape[1] - dim == np.linalg.matrix_rank(fixed)
        # In whole numbers: all have the same products with the fixed vectors, and so
        # the same part in their span.
        products = np.unique(rows @ fixed.T, axis=0) if len(fixed) else np.zeros((1, 0))
        assert len(products) == 1
        common = products[0] @ np.linalg.solve(fixed @ fixed.T, products[0])
        gram = rows.astype("float32") @ rows.T.astype("float32")
        largest = gram[gram < norm].max()
        found = (largest - common) / (norm - common)
        assert found == pytest.approx(cosine, abs=1e-7), (size, dim)
        # The rest spans the space that is claimed.
        assert np.linalg.matrix_rank(rows - rows.mean(axis=0)) == dim


@pytest.mark.parametrize(
    "key", [("E8", 240, 8), ("Leech", 891, 22), ("600-cell", 120, 4)]
)
def test_codes_are_built_as_claimed(key):
    code = CODES[key]
    (rows,) = code.blocks()
    assert rows.shape == (code.size, code.dim)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-12
    assert max_cosine(rows) == pytest.approx(code.cosine, abs=1e-12)
    assert np.abs(rows.sum(axis=0)).max() < 1e-9
    if np.abs(rows + rows[0]).sum(axis=1).min() < 1e-9:
        assert np.abs(rows[0::2] + rows[1::2]).max() < 1e-12  # neighbours


def test_subsets_are_spread():
    # Not the half of a sphere, which the first in some order are.
    (rows,) = CODES["Leech", 275, 22].blocks()
    assert np.linalg.norm(rows[:100].mean(axis=0)) < 0.1


@pytest.mark.parametrize(
    ("k", "n"),
    [(120, 4), (16, 5), (27, 6), (240, 8), (100, 22), (275, 22), (552, 23), (4600, 26)],
)
def test_pedcc_chooses_them(k, n):
    code = best_code(k, n)
    assert code.name in {code.name for code in CODES.values()}
    points = pedcc(k, n, seed=1)
    assert not is_searched(k, n)
    assert max_cosine(points) == pytest.approx(code.cosine, abs=1e-12)
    assert not np.allclose(points, pedcc(k, n, seed=2))
