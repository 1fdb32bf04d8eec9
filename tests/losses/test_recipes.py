"""Recipes are their terms, and say what is wrong where Keras does not."""

import keras
import numpy as np
import pytest

from keras_pod import losses
from keras_pod.layers import PEDCC
from keras_pod.losses import pod
from tests.processes import ROOT

RECIPES = [
    (losses.center(0.5), losses.CrossEntropyLoss(), losses.CenterLoss(0.5)),
    (
        losses.feature_incay(0.5),
        losses.CrossEntropyLoss(),
        losses.FeatureIncayLoss(0.5, correct_only=True),
    ),
    (losses.g_cpl(0.5), losses.CrossEntropyLoss(), losses.PrototypeLoss(0.5)),
    (
        losses.lgm(margin=0.3, weight=0.2),
        losses.LGMLoss(0.3),
        losses.GaussianLikelihoodLoss(0.2),
    ),
    (
        losses.magface(32.0, 20.0, 5.0, 50.0),
        losses.CrossEntropyLoss(32.0),
        losses.MagFaceNormLoss(20.0, 5.0, 50.0),
    ),
    (losses.pod(lam=2), losses.NaCLoss(), losses.SelfCorrelationLoss(2)),
    (
        losses.pod(0.5, None, "replica", competition=0.2, scale=8.0, weighted=True),
        losses.CompetingNaCLoss(0.2, 8.0),
        losses.SelfCorrelationLoss(0.5, None, sync="replica", weighted=True),
    ),
    (losses.ring(0.5), losses.CrossEntropyLoss(), losses.RingLoss(0.5)),
    (losses.supcon(0.5, 0.2), losses.CrossEntropyLoss(), losses.SupConLoss(0.5, 0.2)),
    (
        losses.triplet(0.5, 0.3),
        losses.CrossEntropyLoss(),
        losses.BatchHardTripletLoss(0.5, 0.3),
    ),
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


def test_the_docstring_has_the_words_of_keras_for_a_plain_model():
    # Nothing of a loss is called before Keras refuses it, so the documentation has to
    # say what that means.
    x, y = np.ones((6, 4)), np.arange(6) % 3
    inputs = keras.Input((4,))
    scores = keras.layers.Dense(3, name="dense")(inputs)
    plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    said = " ".join(pod.__doc__.split())
    guide = " ".join((ROOT / "docs/guides/first-classifier.md").read_text().split())
    for model in (plain, keras.Model(inputs, scores)):
        model.compile("sgd", loss=pod())
        with pytest.raises((TypeError, ValueError)) as caught:
            model.fit(x, y, verbose=0)
        assert str(caught.value) in said
        assert str(caught.value) in guide
