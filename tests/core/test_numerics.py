import keras
import numpy as np
import pytest
from keras import ops

from keras_pod.core import numerics
from tests.gradients import value_and_gradient
from tests.heads import numpy


@pytest.mark.parametrize("norm", ["additive", "quadratic"])
@pytest.mark.parametrize("delta", [0.0, 0.5])
def test_inverse_norm_at_zero_and_beyond_float32(norm, delta):
    def function(x):
        return ops.multiply(x, numerics.inverse_norm(x, delta, norm))

    x = np.zeros((1, 3), "float32")
    value, gradient = value_and_gradient(lambda x: ops.sum(function(x)), x)
    assert value == 0
    # x / (||x|| + delta) has derivative 1 / delta at 0; without delta it has none.
    expected = 1 / delta if delta else 0
    np.testing.assert_allclose(gradient, np.full((1, 3), expected), rtol=1e-6)
    x = np.array([[3e20, 4e20], [3e15, 4e15]], "float32")
    found = numpy(function(x))
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], [0.6, 0.8], rtol=1e-6)
    assert np.isinf(numpy(numerics.row_norm(x))[0, 0])


def test_nan_is_not_hidden():
    x = np.array([[np.nan, 1.0], [3.0, 4.0]], "float32")
    for function in (numerics.row_norm, numerics.inverse_norm, numerics.unit_rows):
        found = numpy(function(x))
        assert np.isnan(found[0]).all()
        assert np.isfinite(found[1]).all()
    assert np.isnan(float(numerics.off_diagonal_energy(x)))


def test_half_precision_input_is_widened():
    norm = numerics.row_norm(ops.cast(np.full((2, 8), 1e4), "float16"))
    assert keras.backend.standardize_dtype(norm.dtype) == "float32"
    np.testing.assert_allclose(numpy(norm), 1e4 * 8**0.5, rtol=1e-3)
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert numerics.wide_dtype() == "float32"
    assert numerics.wide_dtype("float64") == "float64"


def test_off_diagonal_energy():
    rng = np.random.default_rng(0)
    shapes = ((2, 9), (9, 9), (9, 2), (128, 16), (16, 128), (4, 1300))
    cases = [(rng.normal(size=shape), 1e-5) for shape in shapes]
    # Decorrelated columns: subtracting the diagonal would leave rounding noise.
    q, _ = np.linalg.qr(rng.normal(size=(64, 8)))
    cases.append((100 * q + 1e-3 * rng.normal(size=q.shape), 1e-2))
    for d, rtol in cases:
        single = d.astype("float32")
        d = single.astype("float64")
        off = d.T @ d * (1 - np.eye(d.shape[1]))
        value, gradient = value_and_gradient(numerics.off_diagonal_energy, single)
        np.testing.assert_allclose(value, np.sum(off**2), rtol=rtol)
        slopes = 4 * d @ off
        atol = 10 * rtol * np.abs(slopes).max()
        np.testing.assert_allclose(gradient, slopes, rtol=10 * rtol, atol=atol)


def test_off_diagonal_energy_with_unknown_batch_size():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow graphs have an unknown batch size")
    import tensorflow as tf

    # Of so many columns the smaller matrix is chosen.
    signature = [tf.TensorSpec((None, 70), "float32")]
    energy = tf.function(numerics.off_diagonal_energy, input_signature=signature)
    for batch in (1, 3, 80):
        d = np.random.default_rng(batch).normal(size=(batch, 70)).astype("float32")
        expected = numerics.off_diagonal_energy(d)
        np.testing.assert_allclose(energy(d), expected, rtol=1e-5)


def test_no_energy_is_negative():
    """A rounding error of either sign where rows are orthogonal."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        d = np.eye(100)[rng.permutation(100)[:80]] * rng.uniform(0.5, 2, (80, 1))
        assert float(numerics.off_diagonal_energy(d.astype("float32"))) >= 0
        d = np.concatenate([np.diag(rng.uniform(100, 1000, 3)), np.zeros((3, 97))], 1)
        d[:, 3:] = 1e-4 * rng.normal(size=(3, 97))
        assert float(numerics.off_diagonal_energy(d.astype("float32"))) >= 0


LABELS = {
    "int32": np.array([2, 0], "int32"),
    "column": np.array([[2], [0]]),
    "float": np.array([2.0, 0.0]),
    "uint8": np.array([2, 0], "uint8"),
    "int64": np.array([2, 0], "int64"),
    "half": np.array([2, 0], "float16"),
    "one-hot": np.array([[0, 0, 1], [1, 0, 0]]),
}


def test_every_label_form():
    scores = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "float32")
    upstream = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
    scored, slopes = scores.copy(), upstream.copy()
    scored[[0, 1], [2, 0]] = [0.3**2 - 0.5, 0.4**2 - 0.5]
    slopes[[0, 1], [2, 0]] *= [0.6, 0.8]
    for form, labels in LABELS.items():
        found = numpy(numerics.target_scores(labels, scores))
        np.testing.assert_allclose(found, [0.3, 0.4], rtol=1e-6, err_msg=form)

        def function(s, labels=labels):
            found = numerics.with_margin(labels, s, lambda s: s * s - 0.5)
            return ops.sum(ops.multiply(found, upstream))

        value, gradient = value_and_gradient(function, scores)
        expected = np.sum(scored * upstream)
        np.testing.assert_allclose(value, expected, rtol=1e-6, err_msg=form)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, err_msg=form)
    with pytest.raises(ValueError, match=r"\(batch, 3\)"):
        numerics.target_scores(np.ones((2, 4)), scores)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_labels_that_are_no_class_give_nan(dtype, compiled):
    bad = [-1, 3] if dtype == "int32" else [-1, 3, -0.5, 1.5, np.nan, np.inf]
    y = np.array([*bad, 1], dtype)
    scores = np.ones((len(y), 3), "float32")
    function = numerics.target_scores
    if compiled and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        function = tf.function(function, jit_compile=True)
    elif compiled and keras.backend.backend() == "jax":
        import jax

        function = jax.jit(function)
    found = numpy(function(ops.convert_to_tensor(y), scores))
    assert np.isnan(found[:-1]).all() and found[-1] == 1
    for label in bad:
        found = numerics.with_margin(np.array([label], dtype), scores[:1], ops.square)
        assert np.isnan(numpy(found)).any()


def test_soft_labels_and_narrow_ones_of_many_classes():
    scores = np.array([[0.2, 0.4]], "float32")
    found = numerics.with_margin([[0.25, 0.75]], scores, lambda s: s - 1.0)
    np.testing.assert_allclose(numpy(found), [[-0.05, -0.35]], atol=1e-6)
    index, known = numerics.label_index(np.array([255, 3], "uint8"), 1000)
    assert numpy(index).tolist() == [255, 3] and numpy(known).all()


def test_is_correct():
    scores = np.array([[0.1, 0.9, 0.0], [0.5, 0.2, 0.3], [-1.0, -3.0, -2.0]])
    y = np.array([1, 2, 0])
    rows = np.eye(3)[y]
    for labels in (y, y[:, None], rows, rows / 2 + 0.1):
        found = numpy(numerics.is_correct(labels, scores))
        assert found.tolist() == [[1.0], [0.0], [1.0]]
    found = numpy(numerics.is_correct([0, 3, -1], np.eye(3)))
    np.testing.assert_array_equal(found, [[1.0], [np.nan], [np.nan]])


def test_scores_that_are_no_cosines():
    scores = np.array([[1.0, -1.0, 1.009], [-1.02, 1.02, np.nan]], "float32")
    found = numpy(numerics.one_if_cosine(scores))
    np.testing.assert_array_equal(found, [[1, 1, 1], [np.nan, np.nan, 1]])
