"""True of every loss: labels of each form, half precision, targets, recipes."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import losses
from tests.heads import numpy

# A loss on scores, with what it is made of where that is not the default.
ON_SCORES = {
    losses.ASoftmaxLoss: {"margin": 2, "anneal": 0.5},
    losses.AMSoftmaxLoss: {},
    losses.ArcFaceLoss: {"scale": 64},
    losses.COTLoss: {},
    losses.CombinedMarginLoss: {"m1": 0.9, "m2": 0.4, "m3": 0.15, "scale": 8},
    losses.CompetingNaCLoss: {},
    losses.ComplementEntropyLoss: {},
    losses.CosSoftmaxLoss: {},
    losses.CosineLoss: {"weight": 0.5},
    losses.CosineMSELoss: {},
    losses.CrossEntropyLoss: {"scale": 2},
    losses.LGMLoss: {"margin": 0.4},
    losses.NaCLoss: {},
    losses.PEDCCLoss: {"root": 2},
}
# A loss on features, with targets that are not its head's, and what it says of them.
OTHERS = np.ones((4, 5))
ON_FEATURES = {
    losses.BarlowDecorrelationLoss: None,
    losses.BatchHardTripletLoss: None,
    losses.CenterLoss: r"CenterDense .* \(4, 5\)",
    losses.FeatureIncayLoss: r"\(batch, 1\)",
    losses.GaussianLikelihoodLoss: "GaussianMixture head",
    losses.MagFaceNormLoss: None,
    losses.PrototypeLoss: "PrototypeLogits head",
    losses.RingLoss: "RingDense",
    losses.SelfCorrelationLoss: "Classifier",
    losses.SupConLoss: None,
    losses.VICRegCovarianceLoss: None,
}
RNG = np.random.default_rng(1)
COSINES, Y = RNG.uniform(-0.99, 0.99, (6, 4)).astype("float32"), RNG.integers(4, size=6)


def name_of(kind):
    return kind.__name__


def test_every_loss_is_here():
    found = {one for one in vars(losses).values() if isinstance(one, type)}
    assert found == {*ON_SCORES, *ON_FEATURES}


@pytest.mark.parametrize("kind", ON_SCORES, ids=name_of)
def test_labels_of_every_form(kind):
    loss = kind(**ON_SCORES[kind], reduction="none")
    expected = numpy(loss(Y, COSINES))
    assert expected.shape == (6,)
    for labels in (Y[:, None], Y.astype("float32"), np.eye(4)[Y]):
        np.testing.assert_allclose(numpy(loss(labels, COSINES)), expected, rtol=1e-6)
    bad = np.isnan(numpy(loss(np.array([0, -1, 4, 0, 0, 0]), COSINES))).tolist()
    # The root of PEDCC-Loss is of the batch's mean.
    one_by_one = [False, True, True, False, False, False]
    assert bad == ([True] * 6 if kind is losses.PEDCCLoss else one_by_one)
    with pytest.raises(ValueError, match="labels must be"):
        loss(np.zeros((6, 3)), COSINES)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
@pytest.mark.parametrize("kind", ON_SCORES, ids=name_of)
def test_half_precision_computes_in_float32(kind, half):
    cosines = np.zeros((1, 300), "float32")
    cosines[0, 257] = 0.6
    low = ops.cast(cosines, half)
    # A cast to bfloat16 would turn label 257 into 256.
    loss = kind(**ON_SCORES[kind], dtype=half)(np.array([257]), low)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    wide = kind(**ON_SCORES[kind])(np.array([257]), ops.cast(low, "float32"))
    np.testing.assert_allclose(float(loss), float(wide), rtol=1e-6)


@pytest.mark.parametrize(
    "kind",
    [
        losses.NaCLoss,
        losses.CosineLoss,
        losses.CosineMSELoss,
        losses.PEDCCLoss,
        losses.ArcFaceLoss,
    ],
    ids=name_of,
)
def test_scores_that_are_no_cosines_are_seen(kind):
    """Those of a dense layer, in a plain model, would train another loss."""
    loss, y = kind(), np.array([0, 1])
    for scores in ([[1.5, 0.1], [0.2, 0.3]], [[0.1, 0.1], [0.2, -7.0]]):
        for labels in (y, np.eye(2)[y]):
            assert np.isnan(float(loss(labels, np.array(scores))))
    # Rounding is let pass.
    assert np.isfinite(float(loss(y, np.array([[1.003, 0.1], [0.2, -1.003]]))))


@pytest.mark.parametrize("kind", ON_FEATURES, ids=name_of)
def test_a_loss_on_features(kind):
    incay = kind is losses.FeatureIncayLoss
    loss = kind(reduction="none", **({"correct_only": True} if incay else {}))
    if ON_FEATURES[kind]:
        with pytest.raises(ValueError, match=ON_FEATURES[kind]):
            loss(OTHERS, np.ones((4, 3)))
    # Squares overflow in half precision.
    features = ops.cast(300 * RNG.normal(size=(4, 3)), "float16")
    wide = ops.cast(features, "float32")
    targets = np.ones((4, 1 if kind is losses.RingLoss or incay else 3), "float32")
    if kind in (losses.BatchHardTripletLoss, losses.SupConLoss):
        targets = np.array([0, 1, 0, 1])
    found, expected = numpy(loss(targets, features)), numpy(loss(targets, wide))
    assert expected.shape == (4,) and np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


RECIPES = [
    (
        losses.center(weight=0.5),
        [losses.CrossEntropyLoss(), losses.CenterLoss(0.5)],
    ),
    (
        losses.feature_incay(weight=0.5),
        [losses.CrossEntropyLoss(), losses.FeatureIncayLoss(0.5, correct_only=True)],
    ),
    (
        losses.g_cpl(weight=0.5),
        [losses.CrossEntropyLoss(), losses.PrototypeLoss(0.5)],
    ),
    (
        losses.lgm(margin=0.3, weight=0.2),
        [losses.LGMLoss(0.3), losses.GaussianLikelihoodLoss(0.2)],
    ),
    (
        losses.magface(32.0, 20.0, 5.0, 50.0),
        [losses.CrossEntropyLoss(32.0), losses.MagFaceNormLoss(20.0, 5.0, 50.0)],
    ),
    (
        losses.pod(lam=2),
        [losses.NaCLoss(), losses.SelfCorrelationLoss(2, normalise="n-1")],
    ),
    (
        losses.pod(0.5, None, "replica", 0.2, scale=8.0, weighted=True),
        [
            losses.CompetingNaCLoss(0.2, 8.0),
            losses.SelfCorrelationLoss(0.5, None, sync="replica", weighted=True),
        ],
    ),
    (
        losses.supcon(0.5, 0.2),
        [losses.CrossEntropyLoss(), losses.SupConLoss(0.5, 0.2)],
    ),
    (
        losses.triplet(0.5, 0.3),
        [losses.CrossEntropyLoss(), losses.BatchHardTripletLoss(0.5, 0.3)],
    ),
    (losses.ring(weight=0.5), [losses.CrossEntropyLoss(), losses.RingLoss(0.5)]),
]


@pytest.mark.parametrize(("found", "terms"), RECIPES)
def test_recipes_are_their_terms(found, terms):
    assert list(found) == ["logits", "features"]
    for one, other in zip(found.values(), terms, strict=True):
        assert type(one) is type(other)
        assert one.get_config() == other.get_config()


@pytest.mark.parametrize(
    "make", [losses.center, losses.feature_incay, losses.g_cpl, losses.lgm, losses.ring]
)
def test_recipes_refuse_bad_weights(make):
    with pytest.raises(ValueError, match="`weight` must be a number >= 0, got -1"):
        make(weight=-1)
    for bad in ({"lam": -1}, {"competition": -0.1}):
        with pytest.raises(ValueError, match="`weight` must be a number >= 0"):
            losses.pod(**bad)
