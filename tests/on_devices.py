"""Trains on one device and on several, and prints how far apart they end, as JSON.

    python -m tests.on_devices DEVICES METHODS [EXAMPLES [BATCH [VALIDATION]]]

For each of the METHODS, with commas between them, the largest difference of a weight
and of a logged number. For `replicas` in their place, for each `sync`, that between a
step on all replicas and the mean of a step on each one's part alone. It is a process
of its own, because devices are made before anything is computed.
"""

import json
import sys

import keras
import numpy as np

from keras_pod import Classifier, distribution, layers, losses, methods
from keras_pod.callbacks import NormAdaptiveDelta
from keras_pod.optimizers import L2SGD

EPOCHS = 4
# Where the usual ones hide of which batch a mean is.
OPTIONS = {"pedcc-loss": {"root": 2.0}}


def arrays(examples):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(examples, 8)).astype("float32")
    return x, rng.integers(3, size=examples)


def small(method_name):
    """A compiled MLP with batch normalisation and the method's head."""
    keras.utils.set_random_seed(0)
    method = methods.get(method_name)
    head, loss = method.build(3, 0, **OPTIONS.get(method_name, {}))
    inputs = keras.Input((8,))
    # A bias before batch normalisation has no gradient but rounding errors.
    x = keras.layers.Dense(12, use_bias=False)(inputs)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.Activation("relu")(x)
    x = keras.layers.Dense(6, use_bias=False)(x)
    model = Classifier(inputs, {"logits": head(x), "features": x})
    optimizer = L2SGD(0.05, alternating=method.updates_per_batch)
    model.compile(optimizer, loss=loss, metrics=["accuracy"])
    return model


def train(method_name, examples, batch, validation):
    """Every weight and every logged number after some epochs."""
    x, y = arrays(examples)
    model = small(method_name)
    delta = [NormAdaptiveDelta()] if hasattr(model.head, "mean_norm") else []
    with distribution.synchronised(model):
        history = model.fit(
            x,
            y,
            batch_size=batch,
            epochs=EPOCHS,
            shuffle=False,
            verbose=0,
            callbacks=delta,
            validation_data=(x[:validation], y[:validation]),
        ).history
    # Keras weighs the parts of a loss by the batch size only where it is static.
    parts = ("logits_loss", "features_loss")
    history = {k: v for k, v in history.items() if not k.endswith(parts)}
    return model, [np.asarray(w) for w in model.get_weights()], history


def difference(a, b):
    """The largest difference, relative to the largest entry of `b`."""
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-6))


def compare(method_name, devices, *sizes):
    model, weights, logs = train(method_name, *sizes)
    begin = small(method_name).get_weights()
    with distribution.devices(devices):
        _, weights_n, logs_n = train(method_name, *sizes)
    names = [weight.path for weight in model.weights]
    moved = [n for n, a, b in zip(names, begin, weights, strict=True) if np.any(a != b)]
    return {
        "weights": max(map(difference, weights_n, weights)),
        "logs": max(difference(logs_n[name], logs[name]) for name in logs),
        "moved": moved,
        "steps": int(model.optimizer.iterations),
    }


def steps(sync, *parts):
    """The loss of each batch, and every weight after a step on it alone."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8,))
    features = keras.layers.Dense(6, use_bias=False)(inputs)
    features = layers.ScaledBatchNormalization(sync=sync)(features)
    outputs = {"logits": layers.PEDCC(3)(features), "features": features}
    model = Classifier(inputs, outputs)
    model.compile("sgd", loss=losses.pod(sync=sync))
    begin, ends = model.get_weights(), []
    for x, y in parts:
        model.set_weights(begin)
        logs = model.fit(x, y, batch_size=len(x), shuffle=False, verbose=0).history
        ends.append([logs["loss"][0], *map(np.asarray, model.get_weights())])
    return ends


def compare_replicas(devices):
    x, y = arrays(4 * devices)
    parts = zip(np.split(x, devices), np.split(y, devices), strict=True)
    ends = zip(*steps("global", *parts), strict=True)
    mean = [np.mean(each, axis=0) for each in ends]
    with distribution.devices(devices):
        return {
            sync: max(map(difference, steps(sync, (x, y))[0], mean))
            for sync in ("replica", "global")
        }


def main(devices, names, *sizes):
    sizes = [*map(int, sizes), *(71, 16, 37)[len(sizes) :]]
    with distribution.devices(devices):
        pass  # before anything is computed
    found = {}
    for name in names.split(","):
        if name == "replicas":
            found[name] = compare_replicas(devices)
        else:
            found[name] = compare(name, devices, *sizes)
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
