"""Stratified choices of images that are the same on every machine and run."""

from collections.abc import Sequence

import numpy as np

from keras_pod.core.errors import InputError

TEST_SHARE = 0.2


def _shuffled_classes(labels: np.ndarray, num_classes: int) -> list[np.ndarray]:
    # RandomState's streams are frozen for ever; Generator's may change.
    order = np.random.RandomState(0).permutation(len(labels))
    return [order[labels[order] == c] for c in range(num_classes)]


def _first(classes: list[np.ndarray], counts: np.ndarray) -> np.ndarray:
    """Sorted indices of so many images of each class."""
    return np.sort(
        np.concatenate([m[:c] for m, c in zip(classes, counts, strict=True)])
    )


def hold_out(
    labels: np.ndarray, share: float, class_names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return sorted indices of kept and of held-out images, the share of each class.

    Each class that occurs has at least one image on both sides.
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
        # It is 0 of none: some published sets name classes that have no image.
        count = max(min(max(round(share * len(members)), 1), len(members) - 1), 0)
        held.append(members[:count])
        kept.append(members[count:])
    return np.sort(np.concatenate(kept)), np.sort(np.concatenate(held))


def choose(labels: np.ndarray, count: int, class_names: Sequence[str]) -> np.ndarray:
    """Return sorted indices of `count` images, so that the classes keep their shares.

    Each class that occurs has at least one.
    """
    classes = [m for m in _shuffled_classes(labels, len(class_names)) if len(m)]
    if count < len(classes):
        raise InputError(
            f"limit={count} is less than one image for each of the "
            f"{len(classes)} classes"
        )
    sizes = np.array(list(map(len, classes)))
    # Each class gets one, and the rest goes by largest remainder: the sum is exact.
    spare = sizes - 1
    exact = (count - len(sizes)) * spare / max(spare.sum(), 1)
    counts = 1 + np.floor(exact).astype(int)
    remainder = np.argsort(-(exact % 1), kind="stable")[: count - counts.sum()]
    counts[remainder] += 1
    return _first(classes, counts)


def long_tailed(labels: np.ndarray, ratio: float) -> np.ndarray:
    """Choose images so that the classes have a long tail, as Cui et al. (2019) do.

    Class i of k keeps n * ratio^(-i / (k - 1)) images, rounded down: the first class
    has `ratio` times as many as the last. n is as large as the images allow; where
    the classes are of one size, that is their size. For training images only: the
    test images stay balanced.

    "Class-Balanced Loss Based on Effective Number of Samples", section 5.1.

    Args:
        labels: Integer labels 0..k-1 (N,); each occurs.
        ratio: Images of the first class for one of the last, 1 or more.

    Returns:
        Sorted indices.

    Raises:
        InputError: if there are fewer than 2 classes, or the ratio is so large that the
            last class would be left without an image.

    >>> labels = np.repeat([0, 1, 2], 100)
    >>> np.bincount(labels[long_tailed(labels, 25)]).tolist()
    [100, 20, 4]
    """
    sizes = np.bincount(labels)
    if len(sizes) < 2 or sizes.min() == 0:
        raise InputError("a long tail needs at least 2 classes, each with an image")
    shares = float(ratio) ** (-np.arange(len(sizes)) / (len(sizes) - 1))
    # The small factor helps products such as 49 * (1 / 49), which comes out below 1.
    counts = np.floor((sizes / shares).min() * shares * (1 + 1e-9)).astype(int)
    if counts[-1] < 1:
        raise InputError(
            f"an imbalance of {ratio:g} leaves no image of the last class; use a "
            "smaller one"
        )
    return _first(_shuffled_classes(labels, len(sizes)), counts)
