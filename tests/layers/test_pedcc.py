import unittest.mock
import weakref

import keras
import numpy as np
import pytest

from keras_pod import centroids
from keras_pod.callbacks import NormAdaptiveDelta
from keras_pod.layers import PEDCC, given_centroids
from keras_pod.losses import NaCLoss
from tests import heads, oracles
from tests.heads import numpy


def built(num_classes, dim, **kwargs):
    return heads.built(PEDCC(num_classes, **kwargs), dim)


SOFT = np.array([[0.0, 0.5, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0]])


@pytest.mark.parametrize("norm", ["additive", "quadratic", "none"])
def test_scores_of_the_own_class_alone(norm):
    x = np.random.default_rng(0).normal(size=(2, 7)).astype("float32")
    head = built(4, 7, alpha=None if norm == "none" else 0.1, norm=norm)
    head.delta.assign(0.7)
    for labels in (np.array([2, 0]), np.array([[2], [0]]), np.eye(4)[[2, 0]], SOFT):
        rows = labels if labels.shape == (2, 4) else np.eye(4)[labels.ravel()]
        found = numpy(head.target_scores(head.target_centroids(labels), x))
        own = np.sum(rows * numpy(head(x)), axis=1, keepdims=True)
        np.testing.assert_allclose(found, own, rtol=1e-5, atol=1e-7)
    cosines = oracles.nac_scores(x, numpy(head.centroids))
    np.testing.assert_allclose(numpy(head.cosines(x)), cosines, atol=1e-6)
    assert head.gives_cosines is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # delta_e = alpha e M, e from 1
        ({}, [0.1 * 1 * 2, 0.1 * 2 * 2, 0.1 * 5 * 2]),
        ({"epoch_offset": -1}, [0, 0.1 * 1 * 2, 0.1 * 4 * 2]),
        ({"delta0": 0.05, "epoch_offset": -1}, [0.05, 0.1 * 1 * 2, 0.1 * 4 * 2]),
        # It is never negative.
        ({"epoch_offset": -3}, [0, 0, 0.1 * 2 * 2]),
    ],
)
def test_delta_by_epoch(options, expected):
    head = built(3, 5, alpha=0.1, **options)
    head.set_epoch(7, mean_norm=2.0)
    found = []
    for epoch in (0, 1, 4):
        head.set_epoch(epoch)
        found.append(float(head.delta))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "delta"),
    [({}, 0.0005), ({"delta0": 0.05}, 0.05), ({"alpha": None}, 0), ({"alpha": 0}, 0)],
)
def test_first_delta(options, delta):
    head = built(3, 5, **options)
    np.testing.assert_allclose(float(head.delta), delta)
    assert head.trainable_weights == [] and len(head.weights) == 3


@pytest.mark.parametrize(("k", "n"), [(4, 4), (9, 4), (280, 16)])
def test_config_round_trip_keeps_centroids(k, n):
    # k = 9 > 2n: found by a search, which another machine may end elsewhere. 280: a
    # code, made anew from the seed.
    head = built(k, n, alpha=0.02, seed=3, name="mine")
    again = keras.layers.deserialize(keras.layers.serialize(head))
    assert (head.get_config()["centroids"] is None) == (k != 9)
    assert again.get_config() == head.get_config()
    assert np.array_equal(numpy(again.centroids), numpy(head.centroids))
    other = built(k, n, seed=4)
    assert not np.allclose(numpy(other.centroids), numpy(head.centroids))
    given = PEDCC(2, centroids=np.array([[3.0, 4.0], [0.0, 2.0]]))
    again = heads.built(PEDCC.from_config(given.get_config()), 2)
    np.testing.assert_allclose(numpy(again.centroids), [[0.6, 0.8], [0, 1]], rtol=1e-6)


@pytest.mark.parametrize(("k", "m", "n"), [(3, 4, 8), (3, 4, 5), (5, 6, 4)])
def test_reserved_classes_share_the_layout_but_are_not_scored(k, m, n):
    # a simplex, orthogonal simplices and a search, all for k + m classes
    head = built(k, n, reserved=m)
    rows = np.concatenate([numpy(head.centroids), numpy(head.reserved_centroids)])
    layout = centroids.pedcc(k + m, n)
    np.testing.assert_allclose(rows, layout, atol=1e-6)
    assert head(np.ones((2, n))).shape == (2, k)
    assert head.cosines(np.ones((2, n))).shape == (2, k)
    assert np.isnan(numpy(head.target_centroids(np.array([k])))).all()
    assert head.trainable_weights == []


@pytest.mark.parametrize("n", [8, 4])
def test_an_extended_head_keeps_every_bit(n):
    head = built(5, n, reserved=6, seed=2, alpha=0.1, name="scores")
    head.mean_norm.assign(3.0)
    head.set_epoch(4)
    larger = head.extended(2)
    assert (larger.num_classes, larger.reserved) == (7, 4)
    assert larger.name == "scores" and larger.alpha == 0.1
    rows = np.concatenate([numpy(head.centroids), numpy(head.reserved_centroids)])
    assert np.array_equal(numpy(larger.centroids), rows[:7])
    assert np.array_equal(numpy(larger.reserved_centroids), rows[7:])
    assert float(larger.delta) == float(head.delta)
    assert float(larger.mean_norm) == 3.0
    x = np.random.default_rng(0).normal(size=(6, n)).astype("float32")
    np.testing.assert_allclose(numpy(larger(x))[:, :5], numpy(head(x)), atol=1e-6)
    full = larger.extended(4)
    assert np.array_equal(numpy(full.centroids), rows)
    assert full.reserved_centroids is None
    assert head.num_classes == 5 and head.centroids.shape == (5, n)


def test_a_head_that_is_not_built_is_extended_too(monkeypatch):
    head = PEDCC(3, reserved=3)
    early, late = heads.built(head.extended(1), 6), heads.built(head, 6).extended(1)
    assert np.array_equal(numpy(early.centroids), numpy(late.centroids))
    # With given ones, also with so many that a config leaves them out.
    monkeypatch.setattr(given_centroids, "_LARGEST_IN_CONFIG", 5)
    larger = PEDCC(2, centroids=np.eye(3), reserved=1).extended(1)
    assert np.array_equal(numpy(heads.built(larger, 3).centroids), np.eye(3))


def test_large_centroids_are_in_the_weights_file_only(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_pod.layers.given_centroids._LARGEST_IN_CONFIG", 10)
    given = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    inputs = keras.Input((5,))
    model = keras.Model(inputs, PEDCC(4, centroids=given)(inputs))
    head = model.layers[-1]
    assert head.get_config()["centroids"] == {"shape": [4, 5]}
    again = heads.built(PEDCC.from_config(head.get_config()), 5)
    assert np.isnan(numpy(again.centroids)).all()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[-1]
    assert np.array_equal(numpy(loaded.centroids), numpy(head.centroids))
    assert loaded.get_config() == head.get_config()
    with pytest.raises(ValueError, match="size 5 but got features of size 3"):
        PEDCC.from_config(head.get_config()).build((None, 3))


def test_what_does_not_fit_is_refused():
    for value in (np.ones((2, 4)), np.zeros((3, 4)), np.full((3, 4), np.nan)):
        with pytest.raises(ValueError, match="`centroids`"):
            PEDCC(3, centroids=value)
    for classes in (0, 3, 1.5, -1):
        with pytest.raises(ValueError, match="`classes` must be"):
            PEDCC(3, reserved=2).extended(classes)
    # A first delta that nothing would use.
    for alpha in (None, 0):
        with pytest.raises(ValueError, match=f"`delta0` .* alpha={alpha} .* got 0.05"):
            PEDCC(3, alpha=alpha, delta0=0.05)
    with pytest.raises(ValueError, match="`norm` 'none' .* alpha=None"):
        PEDCC(4, alpha=0.01, norm="none")
    with pytest.raises(ValueError, match="size 3 but got features of size 4"):
        PEDCC(3, centroids=np.eye(3))(np.ones((2, 4)))


def test_an_adaptive_head_that_nobody_updates_warns_once(caplog):
    """A plain model is compiled without a look at its callbacks."""
    x, y = np.ones((6, 4), "float32"), np.arange(6) % 3
    inputs = keras.Input((4,))

    def fit(alpha, *callbacks):
        caplog.clear()
        model = keras.Model(inputs, PEDCC(3, alpha=alpha)(inputs))
        model.compile("sgd", NaCLoss())
        model.fit(x, y, epochs=3, verbose=0, callbacks=list(callbacks))
        model.evaluate(x, y, verbose=0)
        return [text for text in caplog.messages if "nothing updates its delta" in text]

    assert len(fit(0.1)) == 1
    assert fit(None) == fit(0.1, NormAdaptiveDelta(data=x)) == []
    head = built(3, 4)
    head.set_epoch(0)
    head(x, training=True)
    assert "nothing updates" not in caplog.text
    head.set_epoch(1)
    assert "nothing updates its mean norm" in caplog.text


def test_devices_can_share_large_centroids(monkeypatch):
    # Keras compiles their initializer then, and JAX keeps a weak reference to it.
    state = unittest.mock.Mock(side_effect=PEDCC(2).state)
    monkeypatch.setattr(PEDCC, "state", state)
    PEDCC(3).build((None, 4))
    given = [keras.initializers.get(call.args[2]) for call in state.call_args_list]
    assert len(given) >= 3
    assert all(weakref.ref(initializer.__call__) for initializer in given)
