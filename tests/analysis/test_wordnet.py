import numpy as np
import pytest

from keras_pod.analysis import has_wordnet, matrix_similarity, wordnet_similarity
from keras_pod.analysis.wordnet import WordNet
from keras_pod.core.errors import InputError
from keras_pod.data.sets.superclasses import _CIFAR100, _FASHION_MNIST
from tests.refusals import refused

needs_wordnet = pytest.mark.skipif(not has_wordnet(), reason="WordNet is not here")


@needs_wordnet
def test_similarity():
    nouns = WordNet()
    assert nouns.similarity("dog", "dog") == 1
    # As NLTK documents it for WordNet 3.0.
    for name in ("dog", "domestic dog"):
        assert nouns.similarity(name, "cat") == pytest.approx(0.857142857)
    # The first sense unless another is named; the fourth is that of a computer.
    near, far = (nouns.similarity(name, "rat") for name in ("mouse", "mouse.4"))
    assert near > 0.9 and far < 0.4
    for senses, expected in (({}, near), ({"mouse": "mouse.4"}, far)):
        found = wordnet_similarity(["Mouse/vole", "rat"], senses)
        assert found[0, 1] == found[1, 0] == expected


@needs_wordnet
def test_words_that_are_no_nouns():
    with pytest.raises(InputError, match="no noun 'kerapod'"):
        wordnet_similarity(["dog", "kerapod"])
    with pytest.raises(InputError, match="no noun 'dog.99'"):
        WordNet().sense("dog.99")


def test_without_wordnet(tmp_path, monkeypatch):
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path / "nowhere"))
    assert not has_wordnet()
    with pytest.raises(InputError, match="nowhere.*apt-get install wordnet-base"):
        WordNet()


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
