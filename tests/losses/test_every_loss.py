"""True of every loss: its paper's formula, labels of each form, half precision."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import losses
from tests.gradients import compare
from tests.heads import numpy
from tests.losses.formulas import COSINES, LONG, ON_FEATURES, ON_SCORES, SOFT, X, Y

ROWS = np.eye(4)[Y]


def name_of(value):
    return getattr(value, "name", getattr(value, "__name__", None))


def like(loss, **changes):
    return type(loss).from_config({**loss.get_config(), **changes})


def test_every_loss_is_here():
    found = {one for one in vars(losses).values() if isinstance(one, type)}
    assert found == {type(case[0]) for case in [*ON_SCORES, *ON_FEATURES]}


@pytest.mark.parametrize(("loss", "formula", "slopes"), ON_SCORES, ids=name_of)
def test_scores_against_float64(loss, formula, slopes):
    """Integer labels and soft ones, the value and the gradient of both together."""
    compare(
        lambda z: loss(Y, z) + 2 * loss(SOFT, z),
        lambda z: np.mean(formula(z, ROWS)) + 2 * np.mean(formula(z, SOFT)),
        COSINES,
        slopes=slopes,
        step=1e-7,
    )


@pytest.mark.parametrize(
    ("loss", "targets", "formula", "slopes"), ON_FEATURES, ids=name_of
)
def test_features_against_float64(loss, targets, formula, slopes):
    x = LONG if isinstance(loss, losses.MagFaceNormLoss) else X
    compare(lambda x: loss(targets, x), lambda x: np.mean(formula(x)), x, slopes=slopes)


ONE_OF_A_KIND = {type(loss): loss for loss, *_ in ON_SCORES}
ON_COSINES = [
    loss for loss in ONE_OF_A_KIND.values() if loss.plain_cosines or loss.target_only
]


@pytest.mark.parametrize("kind", ONE_OF_A_KIND, ids=name_of)
def test_labels_of_every_form(kind):
    loss = like(ONE_OF_A_KIND[kind], reduction="none")
    expected = numpy(loss(Y, COSINES))
    assert expected.shape == (6,)
    for labels in (Y[:, None], Y.astype("float32"), ROWS):
        np.testing.assert_allclose(numpy(loss(labels, COSINES)), expected, rtol=1e-6)
    bad = np.isnan(numpy(loss(np.array([0, -1, 4, 0, 0, 0]), COSINES))).tolist()
    # The root of PEDCC-Loss is of the batch's mean.
    one_by_one = [False, True, True, False, False, False]
    assert bad == ([True] * 6 if kind is losses.PEDCCLoss else one_by_one)
    with pytest.raises(ValueError, match="labels must be"):
        loss(np.zeros((6, 3)), COSINES)


@pytest.mark.parametrize("kind", ONE_OF_A_KIND, ids=name_of)
def test_half_precision_computes_in_float32(kind):
    cosines = np.zeros((1, 300), "float32")
    cosines[0, 257] = 0.6
    for half in ("float16", "bfloat16"):
        low = ops.cast(cosines, half)
        # A cast to bfloat16 would turn label 257 into 256.
        loss = like(ONE_OF_A_KIND[kind], dtype=half)(np.array([257]), low)
        assert keras.backend.standardize_dtype(loss.dtype) == "float32"
        wide = ONE_OF_A_KIND[kind](np.array([257]), ops.cast(low, "float32"))
        np.testing.assert_allclose(float(loss), float(wide), rtol=1e-6)


@pytest.mark.parametrize("loss", ON_COSINES, ids=name_of)
def test_scores_that_are_no_cosines_are_seen(loss):
    """Those of a dense layer, in a plain model, would train another loss."""
    y = np.array([0, 1])
    for scores in ([[1.5, 0.1], [0.2, 0.3]], [[0.1, 0.1], [0.2, -7.0]]):
        for labels in (y, np.eye(2)[y]):
            assert np.isnan(float(loss(labels, np.array(scores))))
    # Rounding is let pass.
    assert np.isfinite(float(loss(y, np.array([[1.003, 0.1], [0.2, -1.003]]))))


# What losses say of targets that are not their head's, (4, 5) for features (4, 3).
REFUSED = {
    losses.CenterLoss: r"CenterDense .* \(4, 5\)",
    losses.FeatureIncayLoss: r"\(batch, 1\)",
    losses.GaussianLikelihoodLoss: "GaussianMixture head",
    losses.PrototypeLoss: "PrototypeLogits head",
    losses.RingLoss: "RingDense",
    losses.SelfCorrelationLoss: "Classifier",
}
LABELS = (losses.BatchHardTripletLoss, losses.SupConLoss)
# Every sample has the value of all: a scalar would count once for each device.
OF_BATCH = {
    *LABELS,
    losses.BarlowDecorrelationLoss,
    losses.SelfCorrelationLoss,
    losses.VICRegCovarianceLoss,
}


@pytest.mark.parametrize(
    "kind", dict.fromkeys(type(loss) for loss, *_ in ON_FEATURES), ids=name_of
)
def test_a_loss_on_features(kind):
    incay = kind is losses.FeatureIncayLoss
    loss = kind(reduction="none", **({"correct_only": True} if incay else {}))
    if kind in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[kind]):
            loss(np.ones((4, 5)), np.ones((4, 3)))
    if kind in LABELS:
        with pytest.raises(ValueError, match="labels must be integers of shape"):
            loss(np.zeros((4, 1, 3)), np.ones((4, 3)))
    if kind in OF_BATCH:
        with pytest.raises(ValueError, match=r"features .* got \(4, 2, 3\)"):
            loss(np.ones((4, 2, 3)), np.ones((4, 2, 3)))
    # Squares overflow in half precision.
    features = np.random.default_rng(0).normal(size=(4, 3))
    features = ops.cast(300 * features, "float16")
    targets = np.ones((4, 1 if kind is losses.RingLoss or incay else 3), "float32")
    targets = np.array([0, 1, 0, 1]) if kind in LABELS else targets
    found = numpy(loss(targets, features))
    expected = numpy(loss(targets, ops.cast(features, "float32")))
    assert expected.shape == (4,) and np.isfinite(expected).all()
    assert kind not in OF_BATCH or len(set(expected.tolist())) == 1
    np.testing.assert_allclose(found, expected, rtol=1e-6)
