"""Train one POD classifier with several processes, on one machine or on many (JAX).

Run the same script once for each process, with the address of the first one:

    KERAS_BACKEND=jax python examples/multi_process_jax.py 0 2 10.0.0.1:9876
    KERAS_BACKEND=jax python examples/multi_process_jax.py 1 2 10.0.0.1:9876

Every process reads its own share of each batch and uses all devices that it sees.
Losses, delta and weights are those of one process:

    KERAS_BACKEND=jax python examples/multi_process_jax.py
"""

import sys

import keras

if len(sys.argv) > 1:
    process, processes = int(sys.argv[1]), int(sys.argv[2])
    # Before anything is computed.
    keras.distribution.initialize(sys.argv[3], processes, process)
    # False: this script shares the data out itself.
    parallel = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)
else:
    process, processes = 0, 1

import numpy as np
from sklearn.datasets import load_digits

import keras_pod

BATCH, EPOCHS = 96, 5

keras.utils.set_random_seed(0)
inputs = keras.Input((64,))
x = keras.layers.Dense(64, activation="relu")(keras.layers.Rescaling(1 / 16)(inputs))
x = keras.layers.BatchNormalization(momentum=0.9)(x)
model = keras_pod.Classifier.from_backbone(
    keras.Model(inputs, x), keras_pod.layers.PEDCC(10, alpha=0.01), feature_dim=32
)
model.compile(
    keras.optimizers.SGD(0.5, momentum=0.9),
    loss=keras_pod.losses.pod(sc_normalise="n-1"),
    metrics=["accuracy"],
)

images, labels = load_digits(return_X_y=True)
for epoch in range(EPOCHS):
    # Every process draws the same order and takes its part of each whole batch. An
    # uneven rest is left out: on JAX a batch divides by all devices.
    order = np.random.default_rng(epoch).permutation(len(labels))
    batches = order[: len(order) // BATCH * BATCH].reshape(
        -1, processes, BATCH // processes
    )
    mine = batches[:, process].ravel()
    history = model.fit(
        images[mine].astype("float32"),
        labels[mine],
        batch_size=BATCH // processes,
        initial_epoch=epoch,
        epochs=epoch + 1,
        shuffle=False,
        verbose=0,
        callbacks=[keras_pod.callbacks.NormAdaptiveDelta()],
    ).history
    print(
        f"epoch {epoch + 1}: loss {history['loss'][0]:.6f}, "
        f"accuracy {history['accuracy'][0]:.4f}, "
        f"norm {history['feature_norm'][0]:.6f}",
        flush=True,
    )
weights = sum(float(np.abs(w).sum()) for w in model.get_weights())
print(f"sum of all weights' sizes: {weights:.4f}", flush=True)
