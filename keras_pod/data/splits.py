"""Stratified choices of images that are the same on every machine and run."""

from collections.abc import Sequence

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import Arrays

TEST_SHARE = 0.2


def _shuffled_classes(labels: np.ndarray, num_classes: int) -> list[np.ndarray]:
    # RandomState's streams are frozen for ever; Generator's may change.
    order = np.random.RandomState(0).permutation(len(labels))
    return [order[labels[order] == c] for c in range(num_classes)]


def hold_out(
    labels: np.ndarray, share: float, class_names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Part images in two, the same share of each class.

    Args:
        labels: Integer labels (N,).
        share: The part to hold out, between 0 and 1.
        class_names: The name of each label, for messages.

    Returns:
        Sorted indices of the kept images and of the held-out ones. Each class
        that occurs has at least one image on both sides.

    Raises:
        InputError: if a class has only one image.
    """
    kept, held = [], []
    for name, members in zip(
        class_names, _shuffled_classes(labels, len(class_names)), strict=True
    ):
        if len(members) == 1:
            raise InputError(
                f"class '{name}' has 1 image; holding out {share:.0%} of each "
                "class needs at least 2"
            )
        # 0 of none: some published sets name classes that have no image.
        count = max(min(max(round(share * len(members)), 1), len(members) - 1), 0)
        held.append(members[:count])
        kept.append(members[count:])
    return np.sort(np.concatenate(kept)), np.sort(np.concatenate(held))


def choose(labels: np.ndarray, count: int, class_names: Sequence[str]) -> np.ndarray:
    """Choose images so that the classes keep their shares.

    Args:
        labels: Integer labels (N,).
        count: How many to choose.
        class_names: The name of each label.

    Returns:
        Sorted indices, `count` of them (all if there are no more), at least
        one of each class that occurs.

    Raises:
        InputError: if there are more classes than images to choose.
    """
    if count >= len(labels):
        return np.arange(len(labels))
    classes = [m for m in _shuffled_classes(labels, len(class_names)) if len(m)]
    if count < len(classes):
        raise InputError(
            f"limit={count} is less than one image for each of the "
            f"{len(classes)} classes"
        )
    sizes = np.array([len(members) for members in classes])
    # One of each class, the rest by largest remainder: the sum is exact.
    spare = sizes - 1
    exact = (count - len(sizes)) * spare / max(spare.sum(), 1)
    counts = 1 + np.floor(exact).astype(int)
    remainder = np.argsort(-(exact % 1), kind="stable")[: count - counts.sum()]
    counts[remainder] += 1
    return np.sort(
        np.concatenate([m[:c] for m, c in zip(classes, counts, strict=True)])
    )


def first_classes(
    arrays: Arrays, class_names: Sequence[str], count: int
) -> tuple[Arrays, list[str]]:
    """The images and names of the first `count` classes."""
    x_train, y_train, x_test, y_test = arrays
    if count < len(class_names):
        train, test = y_train < count, y_test < count
        x_train, y_train = x_train[train], y_train[train]
        x_test, y_test = x_test[test], y_test[test]
    return Arrays(x_train, y_train, x_test, y_test), list(class_names[:count])
