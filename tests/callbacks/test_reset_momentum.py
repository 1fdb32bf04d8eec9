import keras
import numpy as np
import pytest

from keras_pod.callbacks import ResetMomentum
from keras_pod.optimizers import L2SGD


def trained(callbacks, momentum):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    optimizer = L2SGD(0.1, momentum=momentum, l2=0.0)
    model.compile(optimizer, loss="mse", run_eagerly=True)
    x, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.ones((2, 1))
    model.fit(x, y, epochs=3, verbose=0, callbacks=callbacks, shuffle=False)
    return [np.asarray(w) for w in model.get_weights()]


@pytest.mark.parametrize("policy, rtol", [("float32", 1e-5), ("mixed_float16", 1e-2)])
def test_reset_before_every_epoch_is_no_momentum(policy, rtol):
    # Also under a loss scale; there is one step an epoch.
    keras.config.set_dtype_policy(policy)
    reset = trained([ResetMomentum(range(3))], 0.9)
    for a, b in zip(reset, trained([], 0.0), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol)


def test_only_in_the_named_epochs():
    late, never, none = (trained([ResetMomentum(e)], 0.9) for e in ([2], [7], []))
    assert not np.allclose(late[0], none[0])
    for a, b in zip(never, none, strict=True):
        np.testing.assert_array_equal(a, b)
