"""Checks of the arguments that the functions of this package share."""

from keras_pod.arguments import integer


def sizes(num_classes: int, dim: int, seed: int) -> tuple[int, int, int]:
    k = integer("num_classes", num_classes, 2)
    return k, integer("dim", dim, 1), integer("seed", seed, 0)
