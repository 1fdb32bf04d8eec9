"""Every method's steps compile whole, and no oftener than in the first epoch."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.callbacks import NormAdaptiveDelta
from keras_pod.methods import METHODS
from keras_pod.optimizers import L2SGD

BACKEND = keras.backend.backend()
# State that changes with the epoch, and with the batch.
KINDS = ["pod", "center"]
REST = [pytest.param(name, marks=pytest.mark.slow) for name in METHODS]
REST = [param for param in REST if param.values[0] not in KINDS]


class Counting(Classifier):
    """A classifier that counts how often Python runs its loss, that is traces it."""

    traces = 0

    def compute_loss(self, *args, **kwargs):
        type(self).traces += 1
        return super().compute_loss(*args, **kwargs)


def small(name):
    method = METHODS[name]
    head, loss = method.build(3, 0)
    inputs = keras.Input((8,))
    x = keras.layers.Dense(6, activation="relu")(inputs)
    model = Counting(inputs, {"logits": head(x), "features": x})
    optimizer = L2SGD(0.05, alternating=method.updates_per_batch)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=True)
    return model


@pytest.mark.skipif(BACKEND == "torch", reason="torch runs eagerly")
@pytest.mark.parametrize("name", KINDS + REST)
def test_steps_compile_and_are_traced_in_the_first_epoch_only(name):
    model = small(name)
    rng = np.random.default_rng(0)
    # The last batch of an epoch, in training and in validation, is a smaller one.
    x, y = rng.normal(size=(20, 8)).astype("float32"), np.arange(20) % 3
    traces = []
    count = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: traces.append(model.traces)
    )
    delta = [NormAdaptiveDelta()] if hasattr(model.head, "mean_norm") else []
    Counting.traces = 0
    options = {"epochs": 3, "shuffle": False, "verbose": 0}
    options |= {"callbacks": [*delta, count], "validation_data": (x[:10], y[:10])}
    losses = model.fit(x, y, batch_size=8, **options).history["loss"]
    assert model.jit_compile
    assert np.all(np.isfinite(losses)) and len(set(losses)) == 3
    assert 2 <= traces[0] == traces[2], traces
    traced = model.traces
    model.evaluate(x[:10], y[:10], batch_size=8, verbose=0)
    assert model.traces == traced
