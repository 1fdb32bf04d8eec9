import numpy as np
import pytest
from scipy.stats import pearsonr

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


def test_similarity_of_matrices():
    a, b = (cosine_similarity(RNG.normal(size=(8, 3))) for _ in range(2))
    u, v = (m[np.triu_indices(8, 1)] for m in (a, b))
    assert matrix_similarity(a, b) == pytest.approx(pearsonr(u, v).statistic, rel=1e-10)


test_bad_input = refused(
    (lambda: superclass_index(np.eye(3), [0, 0, 0]), "from 2 to 2"),
    (lambda: superclass_index(np.eye(3), [0, 1, 2]), "from 2 to 2"),
    (lambda: matrix_similarity(np.eye(3), np.eye(4)), r"\(k, k\)"),
    (lambda: matrix_similarity(np.eye(3), np.eye(3)), "equal entries"),
)
