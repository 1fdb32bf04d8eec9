"""Similarity of classes in WordNet: what RBF's Table 2 and Fig 4 compare with."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from keras_pod.core.errors import InputError

# Where WordNet's own programs, Debian's package and NLTK's downloads have it.
_PLACES = ("/usr/share/wordnet", "~/nltk_data/corpora/wordnet")
_HOW = (
    "Debian and Ubuntu have it (apt-get install wordnet-base); elsewhere set "
    "WNSEARCHDIR to the `dict` folder of WordNet 3.0 from wordnet.princeton.edu."
)
# First senses that are not what the images of CIFAR-100 and Fashion-MNIST show, and
# names that are no words there. The papers do not print their choice.
SENSES = {
    "beaver": "beaver.7",
    "dolphin": "dolphin.2",
    "otter": "otter.2",
    "seal": "seal.9",
    "whale": "whale.2",
    "aquarium_fish": "goldfish",
    "flatfish": "flatfish.2",
    "ray": "ray.7",
    "trout": "trout.2",
    "bowl": "bowl.3",
    "plate": "plate.4",
    "sweet_pepper": "sweet_pepper.2",
    "keyboard": "computer_keyboard",
    "television": "television.3",
    "lamp": "lamp.2",
    "leopard": "leopard.2",
    "tiger": "tiger.2",
    "castle": "castle.2",
    "cloud": "cloud.2",
    "forest": "forest.2",
    "raccoon": "raccoon.2",
    "skunk": "skunk.4",
    "lobster": "lobster.2",
    "turtle": "turtle.2",
    "shrew": "shrew.2",
    "maple_tree": "maple.2",
    "ankle boot": "boot",
    "ankle_boot": "boot",
}


class WordNet:
    """The nouns of WordNet and what each is a kind of.

    Args:
        folder: where index.noun and data.noun are; by default WNSEARCHDIR, or where
            packages put them.

    Raises:
        InputError: no WordNet there.

    Example (needs WordNet):

    >>> nouns = WordNet()  # doctest: +SKIP
    >>> round(nouns.similarity("dog", "cat"), 4)  # doctest: +SKIP
    0.8571
    """

    def __init__(self, folder: str | os.PathLike | None = None) -> None:
        self._folder = Path(folder) if folder else _find()
        try:
            index = (self._folder / "index.noun").read_text("utf-8")
            self._data = (self._folder / "data.noun").read_bytes()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"no WordNet in {self._folder}: {error}. {_HOW}") from None
        self._index = dict(
            line.split(" ", 1) for line in index.splitlines() if line[:1] != " "
        )
        self._up: dict[int, dict[int, int]] = {}

    def sense(self, word: str) -> int:
        """The place of a noun's first sense, or of sense 3 of "word.3".

        Raises:
            InputError: a word that is no noun of WordNet, or has no such sense.
        """
        lemma, _, number = word.partition(".")
        entry = self._index.get(lemma.lower().replace(" ", "_").replace("-", "_"))
        entry = entry or self._index.get(lemma.lower().replace(" ", "_"))
        places = re.findall(r"\b\d{8}\b", entry) if entry else []
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
        ways_a, ways_b = (self._above(self.sense(word)) for word in (a, b))
        shared = ways_a.keys() & ways_b.keys()
        deepest = max(shared, key=self._depth)
        depth = self._depth(deepest)
        return 2 * depth / (2 * depth + ways_a[deepest] + ways_b[deepest])

    def _kinds(self, place: int) -> list[int]:
        """The places of what a sense is a kind or an instance of."""
        line = self._data[place : self._data.index(b"\n", place)].decode()
        return [int(p) for p in re.findall(r" @i? (\d{8}) n ", line.split("|")[0])]

    def _above(self, place: int) -> dict[int, int]:
        """Everything above a sense, itself included, by the least number of steps."""
        if place not in self._up:
            steps = {place: 0}
            for kind in self._kinds(place):
                for above, count in self._above(kind).items():
                    steps[above] = min(steps.get(above, count + 1), count + 1)
            self._up[place] = steps
        return self._up[place]

    def _depth(self, place: int) -> int:
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
        folder: see `WordNet`.

    Raises:
        InputError: no WordNet, or a class that is none of its nouns.
    """
    nouns = WordNet(folder)
    short = [name.lower().split("/")[0] for name in class_names]
    words = [senses.get(name, name) for name in short]
    return np.array([[nouns.similarity(a, b) for b in words] for a in words])


def has_wordnet() -> bool:
    """Whether WordNet is at hand."""
    return _found() is not None


def _find() -> Path:
    found = _found()
    if found is None:
        raise InputError(f"WordNet is not in {' or '.join(_places())}. {_HOW}")
    return found


def _found() -> Path | None:
    folders = (Path(place).expanduser() for place in _places())
    return next((folder for folder in folders if (folder / "data.noun").exists()), None)


def _places() -> tuple[str, ...]:
    named = os.environ.get("WNSEARCHDIR")
    return (named,) if named else _PLACES
