import numpy as np
import pytest

from keras_pod.centroids import binary, max_cosine
from keras_pod.centroids.most_even import best_code


def vectors(code, count=None):
    rows = np.empty((count or code.size, code.dim))
    code.fill(rows, np.eye(code.dim))
    return rows


WHOLE = [(binary._kerdock(4), 288, 1 / 4)]
WHOLE += [(binary._quadratic(3, 1), 144, 1 / 2), (binary._quadratic(4, 1), 2080, 1 / 2)]


@pytest.mark.parametrize(("code", "size", "cosine"), WHOLE)
def test_codes_have_the_cosine_that_they_say(code, size, cosine):
    rows = vectors(code)
    assert len(rows) == code.size == size and code.cosine == cosine
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-12
    assert max_cosine(rows) == pytest.approx(cosine, abs=1e-12)


SHORTENED = [binary._kerdock(4, r) for r in range(1, 6)]
SHORTENED += [binary._quadratic(3, 1, r) for r in range(1, 5)]
SHORTENED += [binary._kerdock(6, 3), binary._quadratic(6, 2, 5)]


@pytest.mark.parametrize("code", SHORTENED, ids=lambda code: code.name)
def test_shortened_codes(code):
    rows = np.concatenate(list(code.blocks()))
    assert rows.shape == (code.size, code.dim) and not code.antipodal
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-12
    assert max_cosine(rows) == pytest.approx(code.cosine, abs=1e-12)
    assert np.array_equal(vectors(code, code.size - 3), rows[:-3])


@pytest.mark.parametrize("k", [1, 128, 129, 1000])
def test_fill_takes_the_first_vectors_in_any_frame(k):
    code = binary._kerdock(6)
    frame = np.linalg.qr(np.random.default_rng(0).standard_normal((70, 64)))[0].T
    rows = np.empty((k, 70), "float32")
    code.fill(rows, frame)
    np.testing.assert_allclose(rows, vectors(code, k) @ frame, atol=1e-6)
    if k % 2 == 0:
        assert np.abs(rows.sum(axis=0)).max() < 1e-4


def test_the_code_with_the_smallest_cosine_is_chosen():
    for k, n, name in (
        (200, 16, "Kerdock(16)"),
        (1000, 64, "Kerdock(64), 2 fixed"),
        (4000, 65, "Kerdock(64)"),
        (30_000, 128, "quadratic forms(128, rank 6)"),
        (100_000, 256, "quadratic forms(256, rank 6), 4 fixed"),
        (100_000, 384, "quadratic forms(256, rank 6), 4 fixed"),
        (28, 6, "quadratic forms(8, rank 2), 2 fixed"),
    ):
        assert best_code(k, n).name == name, (k, n)
    assert best_code(1000, 3) is None and best_code(121, 5) is None
