import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from keras_pod.analysis import cosine_similarity, matrix_similarity, superclass_index
from tests.refusals import refused

RNG = np.random.default_rng(5)


def test_index_against_its_formula():
    w, g = RNG.normal(size=(20, 6)), np.arange(20) % 4
    mean = w.mean(axis=0)
    between = within = 0.0
    for c in range(4):
        own = w[g == c]
        between += len(own) * np.sum((own.mean(0) - mean) ** 2)
        within += sum(np.sum((v - own.mean(0)) ** 2) for v in own)
    expected = (between / 3) / (within / 16)
    assert superclass_index(w, g) == pytest.approx(expected, rel=1e-12)
    assert superclass_index(9 * w, g) == pytest.approx(expected)
    lengths = RNG.uniform(1, 9, size=(20, 1))
    unit = superclass_index(lengths * w, g, normalise=True)
    assert unit == pytest.approx(superclass_index(w, g, normalise=True))


def test_structure_is_seen():
    centres = np.repeat(RNG.normal(size=(20, 30)), 5, axis=0)
    g = np.repeat(np.arange(20), 5)
    noise = RNG.normal(size=(100, 30))
    assert superclass_index(noise, g) == pytest.approx(1, abs=0.3)
    assert superclass_index(centres + 0.3 * noise, g) > 10


@pytest.mark.parametrize(
    ("how", "other"), [("pearson", pearsonr), ("spearman", spearmanr)]
)
def test_similarity_of_matrices(how, other):
    a, b = (cosine_similarity(RNG.normal(size=(8, 3))) for _ in range(2))
    u, v = (m[np.triu_indices(8, 1)] for m in (a, b))
    expected = other(u, v).statistic
    assert matrix_similarity(a, b, how) == pytest.approx(expected, rel=1e-10)
    assert matrix_similarity(a, a, how) == pytest.approx(1)


def test_cosine_of_the_entries():
    a, b = (cosine_similarity(RNG.normal(size=(5, 3))) for _ in range(2))
    u, v = (m[np.triu_indices(5, 1)] for m in (a, b))
    expected = u @ v / np.sqrt((u @ u) * (v @ v))
    assert matrix_similarity(a, b, "cosine") == pytest.approx(expected)


test_bad_input = refused(
    (lambda: superclass_index(np.eye(3), [0, 0, 0]), "from 2 to 2"),
    (lambda: superclass_index(np.eye(3), [0, 1, 2]), "from 2 to 2"),
    (lambda: matrix_similarity(np.eye(3), np.eye(4)), r"\(k, k\)"),
    (lambda: matrix_similarity(np.eye(3), np.eye(3)), "equal entries"),
    (
        lambda: matrix_similarity(np.eye(3), np.eye(3), "kendall"),
        "`how` must be",
    ),
)
