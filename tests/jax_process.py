"""One of the JAX processes that train one model with `Resume`, or a process alone.

python -m tests.jax_process FOLDER EPOCHS [PROCESS PROCESSES ADDRESS]
"""

import sys

import keras

if len(sys.argv) > 3:
    process, processes = int(sys.argv[3]), int(sys.argv[4])
    # Before anything is computed.
    keras.distribution.initialize(sys.argv[5], processes, process)
    parallel = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)
else:
    process, processes = 0, 1

import numpy as np

import keras_pod
from keras_pod.callbacks import checkpoint

folder, epochs = sys.argv[1], int(sys.argv[2])
written, write = [], checkpoint.write


def counted(path, model, state):
    written.append(path.name)
    write(path, model, state)


checkpoint.write = counted
BATCH, STEPS = 8, 4
keras.utils.set_random_seed(0)
model = keras_pod.Classifier.from_backbone(
    keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu")]),
    keras_pod.layers.PEDCC(3),
    feature_dim=4,
)
model.compile(keras.optimizers.SGD(0.1, momentum=0.9), keras_pod.losses.pod())
rng = np.random.default_rng(0)
x = rng.normal(size=(STEPS, processes, BATCH // processes, 6))[:, process]
y = rng.integers(0, 3, (STEPS, processes, BATCH // processes))[:, process]
resume = keras_pod.callbacks.Resume(folder)
history = model.fit(
    x.reshape(-1, 6).astype("float32"),
    y.ravel(),
    batch_size=BATCH // processes,
    epochs=epochs,
    shuffle=False,
    verbose=0,
    callbacks=[resume],
).history
weights = [float(np.abs(weight).sum()) for weight in model.get_weights()]
print({"from": resume.epochs_done, "written": written})
print(history["loss"], weights)
