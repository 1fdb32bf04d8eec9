"""One of the JAX processes that train one model with `Resume`, or a process alone.

python -m tests.jax_process FOLDER EPOCHS [PROCESS PROCESSES ADDRESS]
"""

import sys

import keras

BATCH, STEPS = 8, 4


def train(folder, epochs, process=0, processes=1):
    """Prints what was written and read, the losses and the sizes of the weights."""
    import numpy as np

    import keras_pod
    from keras_pod.callbacks.resuming import checkpoint

    written, write = [], checkpoint.write

    def counted(path, model, state):
        written.append(path.name)
        write(path, model, state)

    checkpoint.write = counted
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


def main(folder, epochs, process="0", processes="1", address=None):
    if address is not None:
        # Before anything is computed.
        keras.distribution.initialize(address, int(processes), int(process))
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(auto_shard_dataset=False)
        )
    train(folder, int(epochs), int(process), int(processes))


if __name__ == "__main__":
    main(*sys.argv[1:])
