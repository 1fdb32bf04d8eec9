import numpy as np
import pytest

from keras_pod.layers import RingDense
from keras_pod.losses import RingLoss
from tests import heads
from tests.heads import built, numpy

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.array([0, 2, 2, 0, 1, 2])
NORMS = np.linalg.norm(X.astype("float64"), axis=1)


@pytest.mark.parametrize("eager", [False, True])
def test_the_radius_begins_at_the_first_batch_and_is_trained(eager):
    head = RingDense(3)
    model = heads.classifier(
        head, {"features": RingLoss(weight=0.1)}, lr=0.0, run_eagerly=eager
    )
    model.fit(X, Y, epochs=2, batch_size=6, verbose=0)
    np.testing.assert_allclose(float(head.radius), NORMS.mean(), rtol=1e-5)
    # Later batches leave where it began alone; the loss moves it.
    model.optimizer.learning_rate = 2.0
    model.fit(2 * X, Y, epochs=1, batch_size=6, verbose=0)
    np.testing.assert_allclose(float(head.initial_radius), NORMS.mean(), rtol=1e-5)
    expected = NORMS.mean() + 2.0 * 0.1 * np.mean(2 * NORMS - NORMS.mean())
    np.testing.assert_allclose(float(head.radius), expected, rtol=1e-5)


def test_a_given_radius():
    head = built(RingDense(3, radius=7.0), 3)
    head.update_from_batch(Y, X)
    assert float(head.radius) == 7
    for labels in (Y, Y[:, None], np.eye(3)[Y]):
        assert numpy(head.feature_targets(labels)).tolist() == [[7.0]] * 6


def test_scores_are_linear():
    head = built(RingDense(4, use_bias=False), 3)
    np.testing.assert_allclose(numpy(head(X)), X @ numpy(head.kernel), rtol=1e-5)


def test_half_precision():
    heads.check_half_precision(lambda: RingDense(4))


def test_round_trip(tmp_path):
    head = RingDense(4, radius=2.0, use_bias=False)
    heads.check_round_trip(built(head, 3), tmp_path)
    assert head.get_config()["radius"] == 2


def test_bad_arguments():
    with pytest.raises(ValueError, match="num_classes"):
        RingDense(1)
    with pytest.raises(ValueError, match="radius"):
        RingDense(3, radius=0)
