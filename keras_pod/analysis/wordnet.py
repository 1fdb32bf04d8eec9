"""Similarity of classes in WordNet: what RBF's Table 2 and Fig 4 compare with."""

import functools
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod.analysis.inputs import matrix
from keras_pod.core.errors import InputError

# WordNet's own programs, Debian's package and NLTK's downloads have it there.
_PLACES = ("/usr/share/wordnet", "~/nltk_data/corpora/wordnet")
_HOW = (
    "Debian and Ubuntu have it (apt-get install wordnet-base); elsewhere set "
    "WNSEARCHDIR to the `dict` folder of WordNet 3.0 from wordnet.princeton.edu."
)
# The first sense is not what the images of CIFAR-100 and Fashion-MNIST show, or the
# name is no word of WordNet. The papers do not print their choice.
_OTHER_SENSES = (
    "beaver.7 dolphin.2 otter.2 seal.9 whale.2 flatfish.2 ray.7 trout.2 bowl.3 plate.4 "
    "sweet_pepper.2 television.3 lamp.2 leopard.2 tiger.2 castle.2 cloud.2 forest.2 "
    "raccoon.2 skunk.4 lobster.2 turtle.2 shrew.2"
)
SENSES = {sense.split(".")[0]: sense for sense in _OTHER_SENSES.split()} | {
    "aquarium_fish": "goldfish",
    "keyboard": "computer_keyboard",
    "maple_tree": "maple.2",
    "ankle boot": "boot",
    "ankle_boot": "boot",
}


class WordNet:
    """The nouns of WordNet and the kinds that each belongs to.

    NLTK's reader needs files that Debian's package has not, and a path it trusts. The
    folder holds index.noun and data.noun: by default WNSEARCHDIR, or where packages
    put them.
    """

    def __init__(self, folder: str | os.PathLike | None = None) -> None:
        self._folder = Path(folder) if folder else _places()[0]
        try:
            index = (self._folder / "index.noun").read_text("utf-8")
            self._data = (self._folder / "data.noun").read_bytes()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"no WordNet in {self._folder}: {error}. {_HOW}") from None
        self._index = dict(
            line.split(" ", 1) for line in index.splitlines() if line[:1] != " "
        )
        # Classes share most of what lies above them.
        self._kinds = functools.cache(self._read_kinds)
        self._steps_up = functools.cache(self._count_steps_up)
        self._depth = functools.cache(self._count_depth)

    def sense(self, word: str) -> int:
        """The place of a noun's first sense, or of sense 3 of "word.3"."""
        lemma, _, number = word.lower().replace(" ", "_").partition(".")
        entry = self._index.get(lemma.replace("-", "_")) or self._index.get(lemma, "")
        places = re.findall(r"\b\d{8}\b", entry)
        place = int(number or 1) - 1
        if not 0 <= place < len(places):
            raise InputError(
                f"WordNet has no noun '{word}'; name a word and sense for this class."
            )
        return int(places[place])

    def similarity(self, a: str, b: str) -> float:
        """`2 depth(c) / (depth(a) + depth(b))` (Wu & Palmer 1994), in (0, 1].

        c is the deepest kind that both are of, depths are counted through c, and that
        of the root is 1.
        """
        steps_a, steps_b = (self._steps_up(self.sense(word)) for word in (a, b))
        shared = steps_a.keys() & steps_b.keys()
        deepest = max(shared, key=self._depth)
        depth = self._depth(deepest)
        return 2 * depth / (2 * depth + steps_a[deepest] + steps_b[deepest])

    def _read_kinds(self, place: int) -> list[int]:
        """The places of the kinds that a sense is one of, or an instance of."""
        line = self._data[place : self._data.index(b"\n", place)].decode()
        return [int(p) for p in re.findall(r" @i? (\d{8}) n ", line.split("|")[0])]

    def _count_steps_up(self, place: int) -> dict[int, int]:
        """Everything above a sense, itself included, by the least number of steps."""
        steps: dict[int, int] = {}
        front, count = {place}, 0
        while front:
            steps |= dict.fromkeys(front, count)
            front = {kind for p in front for kind in self._kinds(p)} - steps.keys()
            count += 1
        return steps

    def _count_depth(self, place: int) -> int:
        """Senses on the longest way to the root."""
        return 1 + max((self._depth(kind) for kind in self._kinds(place)), default=0)


def wordnet_similarity(
    class_names: Sequence[str],
    senses: Mapping[str, str] = SENSES,
    folder: str | os.PathLike | None = None,
) -> np.ndarray:
    """Wu-Palmer similarities of every two classes in WordNet, (k, k).

    Args:
        class_names: of the classes; of "a/b" the part before the stroke counts.
        senses: the noun for a class, such as "mouse.1", where it is not the first
            sense of its name.
        folder: where index.noun and data.noun are; by default WNSEARCHDIR, or where
            packages put them.

    Raises:
        InputError: no WordNet, or a class that is none of its nouns.
    """
    nouns = WordNet(folder)
    short = [name.lower().split("/")[0] for name in class_names]
    words = [senses.get(name, name) for name in short]
    return np.array([[nouns.similarity(a, b) for b in words] for a in words])


def has_wordnet() -> bool:
    """Tell whether WordNet is at hand."""
    return (_places()[0] / "data.noun").exists()


def _places() -> list[Path]:
    """Folders where WordNet may be, those that hold it first."""
    named = os.environ.get("WNSEARCHDIR")
    places = [Path(p).expanduser() for p in ((named,) if named else _PLACES)]
    return sorted(places, key=lambda place: not (place / "data.noun").exists())


def matrix_similarity(a: Any, b: Any) -> float:
    """Likeness of two symmetric similarity matrices (RBF Table 2, C29).

    Pearson's correlation of the entries above the diagonal.

    Args:
        a, b: (k, k), k >= 3.

    Raises:
        InputError: matrices of other shapes, or constant ones.

    >>> a = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.2], [0.1, 0.2, 1.0]])
    >>> round(keras_pod.analysis.matrix_similarity(a, 2 * a + 1), 6)
    1.0
    """
    first, second = matrix("a", a), matrix("b", b)
    k = len(first)
    if first.shape != (k, k) or second.shape != (k, k) or k < 3:
        raise InputError(
            f"`a` {first.shape} and `b` {second.shape} must be (k, k), k >= 3."
        )
    above = np.triu_indices(k, 1)
    u, v = first[above], second[above]
    if np.all(u == u[0]) or np.all(v == v[0]):
        raise InputError("a matrix with equal entries everywhere correlates with none.")
    return float(np.corrcoef(u, v)[0, 1])
