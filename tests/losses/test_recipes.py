"""Recipes are their terms, and say what is wrong where Keras does not."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_pod import losses
from keras_pod.layers import PEDCC
from keras_pod.losses import pod

ROOT = Path(__file__).parents[2]
PLAIN = losses.CrossEntropyLoss()
SYNC = {"sync": "replica", "weighted": True}
RECIPES = [
    (losses.center(), PLAIN, losses.CenterLoss()),
    (losses.feature_incay(), PLAIN, losses.FeatureIncayLoss(correct_only=True)),
    (losses.g_cpl(), PLAIN, losses.PrototypeLoss()),
    (losses.lgm(), losses.LGMLoss(), losses.GaussianLikelihoodLoss()),
    (losses.magface(), losses.CrossEntropyLoss(64), losses.MagFaceNormLoss()),
    (losses.pod(), losses.NaCLoss(), losses.SelfCorrelationLoss()),
    (losses.ring(), PLAIN, losses.RingLoss()),
    (losses.supcon(), PLAIN, losses.SupConLoss()),
    (losses.triplet(), PLAIN, losses.BatchHardTripletLoss()),
    (losses.center(0.5), PLAIN, losses.CenterLoss(0.5)),
    (losses.feature_incay(0.5), PLAIN, losses.FeatureIncayLoss(0.5, correct_only=True)),
    (losses.g_cpl(0.5), PLAIN, losses.PrototypeLoss(0.5)),
    (losses.lgm(0.3, 0.2), losses.LGMLoss(0.3), losses.GaussianLikelihoodLoss(0.2)),
    (
        losses.magface(32.0, 20.0, 5.0, 50.0),
        losses.CrossEntropyLoss(32.0),
        losses.MagFaceNormLoss(20.0, 5.0, 50.0),
    ),
    (
        losses.pod(0.5, None, competition=0.2, scale=8.0, **SYNC),
        losses.CompetingNaCLoss(0.2, 8.0),
        losses.SelfCorrelationLoss(0.5, None, **SYNC),
    ),
    (losses.ring(0.5), PLAIN, losses.RingLoss(0.5)),
    (losses.supcon(0.5, 0.2), PLAIN, losses.SupConLoss(0.5, 0.2)),
    (losses.triplet(0.5, 0.3), PLAIN, losses.BatchHardTripletLoss(0.5, 0.3)),
]


def test_recipes_are_their_terms():
    for found, *terms in RECIPES:
        assert list(found) == ["logits", "features"]
        for one, other in zip(found.values(), terms, strict=True):
            assert type(one) is type(other)
            assert one.get_config() == other.get_config()


def test_a_recipe_that_was_not_called_is_explained():
    model = keras.Sequential([keras.Input((4,)), PEDCC(3)])
    model.compile("sgd", loss=pod)
    with pytest.raises(ValueError, match=r"compile\(loss=keras_pod.losses.pod\(\)\)"):
        model.fit(np.ones((6, 4)), np.arange(6) % 3, verbose=0)
    for name, bad in (("lam", -1), ("competition", -1), ("sc_normalise", "n")):
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            pod(**{name: bad})


def test_the_docstring_has_the_words_of_keras_for_a_plain_model():
    # Nothing of a loss is called before Keras refuses it, so the documentation has to
    # say what that means.
    scores = keras.layers.Dense(3, name="dense")(inputs := keras.Input((4,)))
    both = {"logits": scores, "features": inputs}
    plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    guide = (ROOT / "docs/guides/first-classifier.md").read_text()
    said = [" ".join(text.split()) for text in (pod.__doc__, guide)]
    for model in (plain, keras.Model(inputs, scores), keras.Model(inputs, both)):
        model.compile("sgd", loss=pod())
        with pytest.raises((TypeError, ValueError)) as caught:
            model.fit(np.ones((6, 4)), np.arange(6) % 3, verbose=0)
        words = str(caught.value).splitlines()[0].rstrip(".")
        assert all(words in text for text in said)
