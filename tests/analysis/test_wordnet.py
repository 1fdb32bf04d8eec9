import numpy as np
import pytest

from keras_pod.analysis import has_wordnet, matrix_similarity, wordnet_similarity
from keras_pod.analysis.wordnet import WordNet
from keras_pod.core.errors import InputError
from keras_pod.data.sets.superclasses import _CIFAR100, _FASHION_MNIST
from tests.refusals import refused

needs_wordnet = pytest.mark.skipif(not has_wordnet(), reason="WordNet is not here")

# thing > animal > {pet > {dog, cat}, wild > wolf}; dog is a kind of wolf as well.
# Each noun with its kinds and what it is called besides.
_NOUNS = [
    ("thing", [], []),
    ("animal", ["thing"], []),
    ("pet", ["animal"], []),
    ("wild", ["animal"], []),
    ("wolf", ["wild"], []),
    ("dog", ["pet", "wolf"], ["house_dog"]),
    ("cat", ["pet"], []),
    ("fur", ["thing"], ["wolf"]),
]


@pytest.fixture
def folder(tmp_path):
    """A WordNet of eight nouns, in the format of the true files."""
    licence = "  1 This is where the licence stands\n"
    places, lines, at = {}, [], len(licence)
    for name, kinds, others in _NOUNS:
        places[name] = at
        words = "".join(f" {word} 0" for word in [name, *others])
        up = "".join(f" @ {places[kind]:08d} n 0000" for kind in kinds)
        pointers = f"{len(kinds) + 1:03d}{up} ~ 00000099 n 0000"
        line = f"{at:08d} 03 n {1 + len(others):02x}{words} {pointers} | a {name} \n"
        lines.append(line)
        at += len(line)
    (tmp_path / "data.noun").write_text(licence + "".join(lines))
    senses = {name: [name] for name, *_ in _NOUNS}
    senses |= {"wolf": ["fur", "wolf"], "house_dog": ["dog"]}
    index = [
        f"{word} n {len(to)} 2 @ ~ {len(to)} 1 "
        + " ".join(f"{places[name]:08d}" for name in to)
        for word, to in senses.items()
    ]
    (tmp_path / "index.noun").write_text(licence + "  \n".join(index) + "  \n")
    return tmp_path


def test_similarity_by_hand(folder):
    nouns = WordNet(folder)
    assert nouns.similarity("dog", "dog") == 1
    # pet is at depth 3; dog and cat are a step below.
    assert nouns.similarity("dog", "cat") == pytest.approx(2 * 3 / 8)
    # wolf (depth 4) lies above dog, which is deeper than pet.
    assert nouns.similarity("dog", "wolf.2") == pytest.approx(2 * 4 / (8 + 1))
    assert nouns.similarity("cat", "wolf.2") == pytest.approx(2 * 2 / (4 + 2 + 2))
    assert nouns.similarity("house dog", "cat") == nouns.similarity("dog", "cat")


def test_the_first_sense_unless_another_is_named(folder):
    found = wordnet_similarity(["dog", "Wolf/husky"], folder=folder)
    assert found[0, 1] == found[1, 0] == pytest.approx(2 * 1 / (2 + 3 + 1))
    found = wordnet_similarity(["dog", "wolf"], {"wolf": "wolf.2"}, folder)
    assert found[0, 1] == pytest.approx(8 / 9)


def test_clear_errors(folder, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no noun 'unicorn'"):
        wordnet_similarity(["dog", "unicorn"], folder=folder)
    with pytest.raises(InputError, match="no noun 'dog.2'"):
        WordNet(folder).sense("dog.2")
    with pytest.raises(InputError, match="apt-get install wordnet-base"):
        WordNet(tmp_path / "nowhere")
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path / "nowhere"))
    assert not has_wordnet()
    with pytest.raises(InputError, match="nowhere.*apt-get"):
        WordNet()


@needs_wordnet
def test_against_published_similarities():
    # As NLTK documents them for WordNet 3.0.
    assert WordNet().similarity("dog", "cat") == pytest.approx(0.857142857)


@needs_wordnet
@pytest.mark.parametrize("groups", [_CIFAR100, _FASHION_MNIST])
def test_every_class_is_a_noun_near_its_superclass(groups):
    names = [name for group in groups for name in group]
    of = [i for i, group in enumerate(groups) for _ in group]
    found = wordnet_similarity(names)
    assert found.min() > 0 and (found.diagonal() == 1).all()
    same = [[a == b and i != j for j, b in enumerate(of)] for i, a in enumerate(of)]
    other = [[a != b for b in of] for a in of]
    assert found[same].mean() > found[other].mean() + 0.15


def test_similarity_of_matrices():
    a, b = np.random.default_rng(5).normal(size=(2, 8, 8))
    u, v = (m[np.triu_indices(8, 1)] for m in (a, b))
    assert matrix_similarity(a, b) == pytest.approx(np.corrcoef(u, v)[0, 1])


test_bad_matrices = refused(
    (lambda: matrix_similarity(np.eye(3), np.eye(4)), r"\(k, k\)"),
    (lambda: matrix_similarity(np.eye(3), np.eye(3)), "equal entries"),
)
