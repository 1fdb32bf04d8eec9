"""The heads whose training steps are measured, some of them at a tiny size."""

import numpy as np
import tensorflow as tf

from benchmarks import gpu
from benchmarks.models import VARIANTS, resnet_step
from benchmarks.steps import HEADS
from keras_pod import methods


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
