"""The names of data sets: mnist, mnist-5, cifar10:3.0.2, imagenet-100.

What is fixed for a set of a known name stands here too.
"""

import re
from pathlib import Path
from typing import NamedTuple

from keras_pod.core.errors import InputError
from keras_pod.data.in_memory.augmentation import Augmentation

# The mean and standard deviation of each channel in 0..1 units.
_CIFAR10 = ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])
_CIFAR100 = ([0.507, 0.487, 0.441], [0.267, 0.256, 0.276])
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


class Known(NamedTuple):
    """Augmentation and normalisation of a known set; None where they are as usual."""

    augmentation: Augmentation | None = None
    mean_std: tuple[list[float] | None, list[float] | None] = (None, None)


# The names that are most often wanted; other sets of images of TensorFlow Datasets
# work too. A mirrored digit or letter is another sign, so those sets are not flipped.
# POD's published code takes CIFAR-100's colours for Tiny ImageNet and FaceScrub too.
KNOWN = {
    "cifar10": Known(Augmentation(4), _CIFAR10),
    "cifar100": Known(Augmentation(4), _CIFAR100),
    "digits": Known(Augmentation(1, flip=False)),
    "emnist": Known(Augmentation(2, flip=False)),
    "eurosat": Known(),
    "facescrub": Known(Augmentation(4), _CIFAR100),
    "fashion_mnist": Known(Augmentation(2)),
    "imagenet": Known(),
    "kmnist": Known(Augmentation(2, flip=False)),
    "mnist": Known(Augmentation(2, flip=False)),
    "stl10": Known(),
    "svhn_cropped": Known(Augmentation(4, flip=False)),
    "tiny_imagenet": Known(Augmentation(4), _CIFAR100),
}

# Configurations of TensorFlow Datasets, after a slash, may end in a number too.
_SUBSET = re.compile(r"(?P<base>[^/]+?)-(?P<classes>[0-9]+)")


class Name(NamedTuple):
    """A name as given, the whole set's, and how many first classes of it, or None."""

    given: str
    base: str
    classes: int | None

    @property
    def family(self) -> str:
        """The set's name without version and configuration."""
        return re.split("[:/]", self.base)[0]

    @property
    def tfds(self) -> str:
        """The name of the set in TensorFlow Datasets that holds what is asked for."""
        if self.base not in ("imagenet", "imagenet2012"):
            return self.base
        part = self.classes in range(2, 1000)
        return f"imagenet_first/{self.classes}" if part else "imagenet2012"

    def first(self, num_classes: int) -> int:
        """Return how many classes to keep of `num_classes`."""
        if self.classes is None:
            return num_classes
        if not 2 <= self.classes <= num_classes:
            raise InputError(
                f"'{self.given}' asks for the first {self.classes} classes, but there "
                f"are {num_classes}: the number must be from 2 to {num_classes}"
            )
        return self.classes


def parse(name: str) -> Name:
    """Take a name apart.

    >>> parse("imagenet-100")
    Name(given='imagenet-100', base='imagenet', classes=100)
    >>> parse("cifar10:3.0.2").family
    'cifar10'
    """
    found = _SUBSET.fullmatch(name)
    base, classes = (found["base"], int(found["classes"])) if found else (name, None)
    return Name(name, base, classes)


def known_names() -> list[str]:
    """List the names that `load` knows; others of TensorFlow Datasets work too.

    >>> known_names()[:3]
    ['cifar10', 'cifar100', 'digits']
    """
    return sorted(KNOWN)


def first_of_path(name: str) -> tuple[str, int] | None:
    """Return the path and K of PATH-K, if PATH is there and PATH-K is not."""
    path, _, classes = name.rpartition("-")
    is_part = path and classes.isdecimal() and Path(path).exists()
    return (path, int(classes)) if is_part and not Path(name).exists() else None


def is_path(name: str) -> bool:
    """Return whether a name means a file or folder; known names win over those."""
    if parse(name).family in KNOWN:
        return False
    path = Path(name)
    return (
        path.suffix == ".npz"
        or name.startswith((".", "~"))
        or path.is_absolute()
        or path.exists()
        or first_of_path(name) is not None
    )
