"""Defaults of settings that depend on the data."""

import math

# The common default is too long or too short for data sets of these sizes.
EPOCHS = {"digits": 30, "fashion_mnist": 8, "mnist": 8}
DEFAULT_EPOCHS = 100


def default_epochs(data: str) -> int:
    """The default for a named set, a version of it or its first classes."""
    from keras_pod.data.names import parse

    return EPOCHS.get(parse(data).family, DEFAULT_EPOCHS)


def share_of_rate(steps: float) -> float:
    """The share of a method's rate for epochs of so many steps, at most 1.

    Batch normalisation averages its statistics over ten steps and more. In an epoch
    that is hardly longer they lag behind weights that move fast: validation swings,
    and on a few dozen photos a run can diverge.

    >>> [round(share_of_rate(steps), 2) for steps in (0.4, 10, 40, 400)]
    [0.1, 0.5, 1.0, 1.0]
    """
    return min(1.0, math.sqrt(steps / 40))


def feature_dim(num_classes: int) -> int:
    """The feature size used when none is asked for: a power of two >= 5k.

    The POD paper's own choices lie between 2k and 26k (its Table III).

    >>> [feature_dim(k) for k in (2, 10, 100, 1000)]
    [128, 128, 512, 2048]
    """
    return min(max(128, 2 ** math.ceil(math.log2(5 * num_classes))), 2048)
