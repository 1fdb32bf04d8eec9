"""One step on two TensorFlow replicas against a step on each one's part alone.

    python -m tests.on_replicas

Prints JSON: for each kind and each `sync` the largest difference between what the
replicas end with and the mean of what the parts end with.
"""

import json

import keras
import numpy as np

from keras_pod import Classifier, distribution, layers, losses
from tests.on_devices import arrays, difference

BATCH = 8


def self_correlation(sync):
    return layers.PEDCC(3), losses.pod(sync=sync)


def scaled_bn(sync):
    scores = keras.layers.Dense(3, use_bias=False)
    norm = layers.ScaledBatchNormalization(sync=sync)
    return keras.Sequential([scores, norm]), losses.CrossEntropyLoss()


def step(make, sync, x, y):
    """The loss of one batch, and every weight after it."""
    keras.utils.set_random_seed(0)
    head, loss = make(sync)
    inputs = keras.Input((8,))
    features = keras.layers.Dense(6, use_bias=False)(inputs)
    model = Classifier(inputs, {"logits": head(features), "features": features})
    model.compile("sgd", loss=loss)
    logs = model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0).history
    return [logs["loss"][0], *map(np.asarray, model.get_weights())]


def compare(make):
    x, y = arrays(BATCH)
    half = BATCH // 2
    parts = [step(make, "global", x[i : i + half], y[i : i + half]) for i in (0, half)]
    mean = [np.mean(pair, axis=0) for pair in zip(*parts, strict=True)]
    found = {}
    with distribution.devices(2):
        for sync in ("replica", "global"):
            both = step(make, sync, x, y)
            found[sync] = max(map(difference, both, mean))
    return found


if __name__ == "__main__":
    with distribution.devices(2):
        pass  # before anything is computed
    kinds = (self_correlation, scaled_bn)
    print(json.dumps({make.__name__: compare(make) for make in kinds}))
