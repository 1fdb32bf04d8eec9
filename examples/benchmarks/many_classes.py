"""Whether 100,000 classes of 2,048 features train on one machine: time and memory.

Each loss trains alone in a process of its own, three steps of a dense layer and the
head, batch 256. Needs Linux or macOS and about 10 GiB.

    python examples/benchmarks/many_classes.py                       # the four below
    python examples/benchmarks/many_classes.py pod --classes 10000
"""

import argparse
import time

from alone import peak_gib, print_row

LOSSES = ("pod", "softmax", "arcface", "rbf-softmax")
BATCH, STEPS = 256, 3


def measure(loss: str, k: int, n: int) -> str:
    """Train one loss here; return a row of the table."""
    import keras
    import numpy as np

    import keras_pod

    rng = np.random.default_rng(0)
    if loss == "pod":
        # As it is printed in the paper, with centroids as the library lays them out.
        head, criterion = keras_pod.layers.PEDCC(k), keras_pod.losses.pod()
    else:
        head, criterion = keras_pod.methods.get(loss).build(k, 0)
    inputs = keras.Input((512,))
    features = keras.layers.Dense(n)(inputs)
    model = keras_pod.Classifier(
        inputs, {"logits": head(features), "features": features}
    )
    # No metrics: with fixed centroids only the target's score is needed.
    model.compile(keras_pod.optimizers.L2SGD(0.01), criterion, jit_compile=False)
    x = rng.standard_normal((BATCH, 512), dtype="float32")
    y = rng.integers(k, size=BATCH)
    seconds = []
    for _ in range(STEPS):
        began = time.perf_counter()
        model.train_on_batch(x, y)
        seconds.append(time.perf_counter() - began)
    trained = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    return f"| {loss} | {trained:,} | {seconds[-1]:.2f} s | {peak_gib():.1f} GiB |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("losses", nargs="*", default=LOSSES)
    parser.add_argument("--classes", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=2048)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(measure(given.losses[0], given.classes, given.dim))
        return
    print(f"{given.classes:,} classes, {given.dim:,} features, batch {BATCH}\n")
    print("| loss | trained weights | third step | peak of the process |")
    print("|---|---:|---:|---:|", flush=True)
    for loss in given.losses:
        size = ["--classes", str(given.classes), "--dim", str(given.dim)]
        print_row(__file__, loss, *size)


if __name__ == "__main__":
    main()
