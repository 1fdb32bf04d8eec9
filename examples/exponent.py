"""POD with another power of the distance from the centroid: `(1 - cos_Na)^p`.

    python examples/exponent.py glyphs100.npz runs/exponent

The paper has p = 2 (eq 17). Here 2, 3 and 4 are compared as `keras-pod compare` does,
each at the rate and decay of its own search, five seeds. Ours are in
results/exponent-glyphs100. It is also how a loss of your own joins a comparison.
"""

import sys

import keras
from keras import ops

from keras_pod import layers, losses, methods
from keras_pod.core import numerics
from keras_pod.experiments.compare.compare import compare
from keras_pod.experiments.compare.plan import Sweep
from keras_pod.experiments.run.settings import Settings


class PowerLoss(keras.losses.Loss):
    """NaC with another exponent: `mean_i (1 - cos_Na,i)^p`."""

    def __init__(self, power: float) -> None:
        super().__init__()
        self.power = power

    def call(self, y_true, y_pred):
        score = numerics.target_scores(y_true, y_pred)
        # The derivative of a power at zero is not a number everywhere.
        return ops.power(ops.maximum(1.0 - score, 1e-7), self.power)


def build(num_classes: int, seed: int, power: float = 4.0):
    """POD's head, and its loss with that exponent."""
    head = layers.PEDCC(num_classes, seed=seed, name="logits")
    return head, losses.pod() | {"logits": PowerLoss(power)}


def main() -> None:
    data, out = sys.argv[1:]
    methods.METHODS["pod-power"] = methods.Method(
        "pod-power", "POD with another exponent", build, 0.5, neck="batch_norm"
    )
    settings = Settings(
        data=data, limit=10_000, augment="none", backbone="resnet8-8", epochs=8
    )
    names = ["pod", "pod-power:power=3", "pod-power:power=4"]
    compare(names, settings, 5, out=out, sweep=Sweep(4, 4), jobs=1)


if __name__ == "__main__":
    main()
