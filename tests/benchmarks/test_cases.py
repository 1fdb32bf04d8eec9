"""The candidates compute the same thing, and the heads are methods that do a step."""

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import gpu
from benchmarks.cases import CASES, OURS, Size, calls
from benchmarks.models import VARIANTS, resnet_step
from benchmarks.steps import HEADS
from keras_pod import methods

SIZE = Size(6, 5, 7)
# The published POD differs on purpose: quadratic denominator, SC over n - 1.
SAME = {
    case: ["as printed", "plain torch", "pytorch-metric-learning"] for case in CASES
}
SAME["pod"] = ["as printed, n x n"]
SAME["rbf-softmax"] = ["as printed, B x k x n", "plain torch"]


def results(call):
    """Value, and gradient in the features."""
    value, gradients = call()
    arrays = [v.detach() if hasattr(v, "detach") else v for v in (value, gradients[0])]
    return [np.asarray(v, "float64") for v in arrays]


@pytest.mark.parametrize("case", CASES)
def test_all_candidates_give_one_value_and_gradient(case):
    found = calls(case, SIZE)
    value, gradient = results(found[OURS])
    compared = [name for name in SAME[case] if name in found]
    assert compared
    for name in compared:
        other, others = results(found[name])
        np.testing.assert_allclose(other, value, rtol=1e-4, err_msg=name)
        np.testing.assert_allclose(others, gradient, rtol=2e-3, atol=1e-4, err_msg=name)


def test_every_head_is_a_method_and_does_a_step():
    assert {*HEADS, *gpu.HEADS} <= {*methods.METHODS, *VARIANTS}
    # Compiling would take longer than this.
    tf.config.run_functions_eagerly(True)
    try:
        for head in ("pod-ce", "supcon", "triplet"):
            assert head in HEADS
            numbers = resnet_step(head, "resnet8-4", batch=8, classes=4)()
            assert np.all(np.isfinite(numbers)), head
    finally:
        tf.config.run_functions_eagerly(False)
