"""The names of data sets: mnist, mnist-5, cifar10:3.0.2, imagenet-100.

The values that images are normalised with are known by the same names.
"""

import re
from pathlib import Path
from typing import NamedTuple

from keras_pod.core.errors import InputError

# The names that are most often wanted, for messages. Other sets of images of
# TensorFlow Datasets work too.
COMMON = (
    "cifar10 cifar100 digits emnist eurosat facescrub fashion_mnist imagenet kmnist "
    "mnist stl10 svhn_cropped tiny_imagenet"
).split()

_ALIASES = {"imagenet": "imagenet2012"}

# A slash may not come before: configurations of TensorFlow Datasets may end in a
# number.
_SUBSET = re.compile(r"(?P<base>[^/]+?)-(?P<classes>[0-9]+)")


# The mean and standard deviation that images are normalised with.
_CIFAR10 = ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])
_CIFAR100 = ([0.507, 0.487, 0.441], [0.267, 0.256, 0.276])
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

# POD's published code has these, per channel in 0..1 units. It takes CIFAR-100's for
# Tiny ImageNet and FaceScrub too. For other sets they are computed.
MEAN_STD = {
    "cifar10": _CIFAR10,
    "cifar100": _CIFAR100,
    "facescrub": _CIFAR100,
    "imagenet2012": IMAGENET,
    "tiny_imagenet": _CIFAR100,
}


class Name(NamedTuple):
    """A data set's name, taken apart.

    Args:
        given: As the user wrote it.
        base: The whole set, by its name in TensorFlow Datasets (or "digits").
        classes: How many of its first classes; None for all.
    """

    given: str
    base: str
    classes: int | None

    @property
    def family(self) -> str:
        """The set's name without version and configuration."""
        return self.base.split(":")[0].split("/")[0]

    @property
    def tfds(self) -> str:
        """The name of the set in TensorFlow Datasets that holds what is asked for."""
        if self.base == "imagenet2012" and self.classes in range(2, 1000):
            return f"imagenet_first/{self.classes}"
        return self.base

    def first(self, num_classes: int) -> int:
        """Return how many classes to keep of `num_classes`.

        Raises:
            InputError: if the name asks for more than there are, or for less than 2.
        """
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
    Name(given='imagenet-100', base='imagenet2012', classes=100)
    >>> parse("cifar10:3.0.2").family
    'cifar10'
    """
    found = _SUBSET.fullmatch(name)
    base, classes = (found["base"], int(found["classes"])) if found else (name, None)
    return Name(name, _ALIASES.get(base, base), classes)


def known_names() -> list[str]:
    """List the names that `load` knows; others of TensorFlow Datasets work too.

    >>> known_names()[:3]
    ['cifar10', 'cifar100', 'digits']
    """
    return sorted(COMMON)


def is_path(name: str) -> bool:
    """Return whether a name means a file or folder; known names win over those."""
    if parse(name).family in {_ALIASES.get(known, known) for known in COMMON}:
        return False
    path = Path(name)
    return (
        path.suffix == ".npz"
        or name.startswith((".", "~"))
        or path.is_absolute()
        or path.exists()
    )
