import keras
import numpy as np
import pytest

from keras_pod.callbacks import ResetMomentum
from keras_pod.core.errors import InputError
from keras_pod.optimizers import L2SGD


def trained(callbacks, momentum, epochs):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(L2SGD(0.1, momentum=momentum, l2=0.0), loss="mse")
    x, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.ones((2, 1))
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=callbacks, shuffle=False)
    return [np.asarray(w) for w in model.get_weights()]


def test_reset_before_every_epoch_is_no_momentum():
    # One step an epoch.
    reset = trained([ResetMomentum(range(5))], 0.9, 5)
    for a, b in zip(reset, trained([], 0.0, 5), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_only_in_the_named_epochs():
    late = trained([ResetMomentum([3])], 0.9, 5)
    for other in (trained([], 0.9, 5), trained([ResetMomentum([4])], 0.9, 5)):
        assert not np.allclose(late[0], other[0])
    for a, b in zip(
        trained([ResetMomentum([7])], 0.9, 5), trained([], 0.9, 5), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_under_a_loss_scale():
    keras.config.set_dtype_policy("mixed_float16")
    reset = trained([ResetMomentum(range(5))], 0.9, 5)
    for a, b in zip(reset, trained([], 0.0, 5), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2)


def test_an_optimizer_without_it():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", loss="mse")
    with pytest.raises(InputError, match="L2SGD, not Adam"):
        model.fit(
            np.ones((2, 2)), np.ones((2, 1)), verbose=0, callbacks=[ResetMomentum([1])]
        )
