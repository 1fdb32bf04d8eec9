import keras
import numpy as np
import pytest
from scipy.special import softmax

from keras_pod.layers import Calibration
from tests.heads import numpy

Z = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


@pytest.mark.parametrize("bias", [None, [1.0, 0.0, -2.0, 0.5]])
def test_against_float64(bias):
    found = numpy(Calibration(0.3, bias)(Z))
    expected = softmax(Z.astype("float64") / 0.3 + (bias or 0), axis=1)
    np.testing.assert_allclose(found, expected, rtol=2e-5)


def test_float32_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    found = Calibration(1e-3)(Z)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    assert np.all(np.isfinite(numpy(found)))


def test_a_bias_of_another_size_is_refused():
    with pytest.raises(ValueError, match="4 classes"):
        Calibration(1.0, [1.0, 2.0])(Z)
