"""The choice of an epoch's class-balanced batches, beside a plain shuffle."""

import numpy as np

from benchmarks.report import Section, milliseconds
from benchmarks.timing import alternate, spread
from keras_pod.data import class_balanced_batches

_SIZES = [(10_000, 100), (100_000, 1000), (1_000_000, 1000), (500_000, 10_000)]


def sampler(quick: bool, repeats: int) -> Section:
    """Batches of 32 classes with 4 images each: a choice once an epoch, on the host."""
    columns = ("images", "classes", "epoch", "batch", "shuffle of an epoch")
    section = Section("sampler", "Batches of 32 classes, 4 images each", columns)
    for images, classes in _SIZES[:2] if quick else _SIZES:
        y = np.random.default_rng(0).integers(classes, size=images)
        # Bound now: the loop goes on to other labels.
        calls = {
            "chosen": lambda y=y: class_balanced_batches(y, 32, 4),
            "shuffled": lambda y=y: np.random.RandomState(0).permutation(len(y)),
        }
        batches = len(calls["chosen"]())
        found = {name: spread(v) for name, v in alternate(calls, repeats).items()}
        whole, plain = found["chosen"].median, found["shuffled"].median
        shown = [milliseconds(v) for v in (whole, whole / batches, plain)]
        section.add(
            (f"{images:,}", f"{classes:,}", *shown),
            images=images,
            classes=classes,
            batches=batches,
            seconds=found,
        )
    return section
