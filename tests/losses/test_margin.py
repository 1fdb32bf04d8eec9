"""The margin losses on cosines: values, gradients, edges and a second library."""

import math

import numpy as np
import pytest
from keras import ops

from keras_pod.layers.cosine_dense import CosineDense
from keras_pod.losses.angular_softmax import ASoftmaxLoss
from keras_pod.losses.margin import (
    AMSoftmaxLoss,
    ArcFaceLoss,
    CombinedMarginLoss,
    CosSoftmaxLoss,
    combined_margin,
    share_of_margin,
    shifted_cosines,
)
from keras_pod.losses.pedcc_loss import PEDCCLoss
from tests import margin_oracles as oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import WIDEST, built, compare_with_torch, numpy

MARGINS = [(1, 0.5, 0), (1, 0, 0.35), (0.9, 0.4, 0.15), (1.2, 0.3, 0), (1, 0, 0)]
SMALL_S = {"scale": 10.0}


def cosines_and_labels(seed=1):
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.99, 0.99, (6, 4)).astype("float32"), rng.integers(4, size=6)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (ArcFaceLoss(0.5, **SMALL_S), 1.018163),
        (AMSoftmaxLoss(0.35, **SMALL_S), 0.474077),
        (CombinedMarginLoss(0.9, 0.4, 0.15, **SMALL_S), 0.798518),
        (CosSoftmaxLoss(**SMALL_S), 0.018150),
    ],
)
def test_check_values(loss, expected):
    # docs/papers.md, 2.28
    found = float(loss(np.array([0]), np.array([[0.6, 0.2]])))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("margins", MARGINS)
def test_value_and_gradient_against_float64(margins):
    cosines, y = cosines_and_labels()
    # Two rows beyond the angle where the naive form turns.
    cosines[[0, 1], y[[0, 1]]] = -0.9985, -0.95
    loss = CombinedMarginLoss(*margins, scale=8)

    def reference(c):
        target = lambda c: oracles.margin(c, *margins)  # noqa: E731
        return np.mean(oracles.margin_loss(c, y, target, 8))

    compare(lambda c: loss(y, c), reference, cosines, slopes=(2e-4, 1e-5), step=1e-7)


def test_compiled_equals_eager():
    cosines, y = cosines_and_labels()
    loss = ArcFaceLoss(scale=8)
    eager = value_and_gradient(lambda c: loss(y, c), cosines)
    compiled = value_and_gradient(lambda c: loss(y, c), cosines, compiled=True)
    for a, b in zip(eager, compiled, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-7)


def test_the_target_never_rises_with_the_angle():
    grid = np.linspace(-1, 1, 401)
    naive = oracles.naive_margin(grid, 1.0, 0.5)
    assert np.any(np.diff(naive) < -1e-3)
    for margins in [*MARGINS, (1, 1.5, 0), (1, 3, 0), (4, 0, 0), (2, 2, 0.1)]:
        target = numpy(combined_margin(ops.convert_to_tensor(grid), *margins))
        assert np.all(np.diff(target) > -2e-6), margins
        expected = [oracles.margin(c, *margins) for c in grid]
        np.testing.assert_allclose(target, expected, atol=5e-6)


def test_the_loss_never_rises_with_the_target_cosine():
    cosines = np.full((401, 3), 0.1, "float32")
    cosines[:, 1] = np.linspace(-1, 1, 401)
    y = np.ones(401, "int32")
    for margins in ((1, 0.5, 0), (0.9, 0.4, 0.15)):
        loss = CombinedMarginLoss(*margins, scale=64.0, reduction="none")
        losses = numpy(loss(y, cosines))
        assert np.all(np.diff(losses) < 1e-4)
        assert losses[0] > losses[-1] + 10


# Both classes' cosines at every edge, for the target and for the other class.
EDGES = np.array([1, 1 - 6e-8, 1 - 1e-7, 1 + 1e-7, 0, -1 + 1e-7, -1, -1 - 1e-7])
EDGES = np.stack([np.repeat(EDGES, 8), np.tile(EDGES, 8)], axis=1).astype("float32")


@pytest.mark.parametrize(
    "loss",
    [
        ArcFaceLoss(),
        CombinedMarginLoss(0.9, 0.4, 0.15),
        CombinedMarginLoss(1.3, 0.0, 0.0),
        ASoftmaxLoss(),
        PEDCCLoss(root=2),
    ],
)
def test_edges_are_finite(loss):
    y = np.zeros(len(EDGES), "int32")
    value, gradient = value_and_gradient(lambda c: loss(y, c), EDGES)
    assert np.isfinite(value)
    assert np.all(np.isfinite(gradient))
    # A closer target never costs more, also at the edges.
    assert np.all(gradient[:, 0] <= 1e-6)


def test_feature_equal_or_opposite_to_a_class_weight():
    head = built(CosineDense(4), 5)
    w = numpy(head.kernel).astype("float32")
    x, y = np.concatenate([5 * w[:3], -w[:3]]), np.array([0, 1, 2, 0, 1, 2])
    for loss in (ArcFaceLoss(), CombinedMarginLoss(0.9, 0.4, 0.15)):
        value, gradient = value_and_gradient(lambda x: loss(y, head(x)), x)  # noqa: B023
        assert np.isfinite(value) and np.all(np.isfinite(gradient))


def test_one_sample_of_two_classes():
    loss = ArcFaceLoss(scale=1)(np.array([1]), np.array([[0.0, 0.0]]))
    expected = math.log(1 + math.exp(math.sin(0.5)))
    np.testing.assert_allclose(float(loss), expected, rtol=1e-6)


def test_soft_labels_get_the_margin_in_proportion():
    cosines, _ = cosines_and_labels()
    soft = np.random.default_rng(0).dirichlet(np.ones(4), size=6)
    target = lambda c: oracles.margin(c, 1, 0.5)  # noqa: E731
    expected = oracles.margin_loss(cosines, soft, target, 8)
    found = numpy(ArcFaceLoss(scale=8, reduction="none")(soft, cosines))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_relations():
    cosines, y = cosines_and_labels()
    plain = float(CosSoftmaxLoss(30)(y, cosines))
    pairs = [
        (AMSoftmaxLoss(0.0, scale=30)(y, cosines), plain),
        (ArcFaceLoss(0.0, scale=30)(y, cosines), plain),
        (CombinedMarginLoss(scale=30)(y, cosines), plain),
        (CombinedMarginLoss(m2=0.5)(y, cosines), ArcFaceLoss()(y, cosines)),
        (CombinedMarginLoss(m3=0.2)(y, cosines), AMSoftmaxLoss(0.2)(y, cosines)),
        (ASoftmaxLoss(margin=1, scale=30)(y, cosines), plain),
    ]
    for a, b in pairs:
        np.testing.assert_allclose(float(a), float(b), rtol=1e-6)


def test_cosines_shifted_by_an_angle_of_each_sample():
    grid = np.linspace(-1, 1, 401)[:, None]
    angles = np.array([[-1.2, -0.4, 0.0, 0.3, 0.8, 1.5]])
    found = numpy(shifted_cosines(*map(ops.convert_to_tensor, (grid, angles))))
    assert np.all(np.diff(found, axis=0) > -2e-6)
    theta = np.arccos(grid) + angles
    naive = np.cos(np.maximum(theta, 0))
    within = theta <= np.pi
    np.testing.assert_allclose(found[within], naive[within], atol=5e-6)
    for column, angle in zip(found.T[2:], angles[0, 2:], strict=True):
        expected = [oracles.margin(c, 1, angle) for c in grid[:, 0]]
        np.testing.assert_allclose(column, expected, atol=5e-6)


@pytest.mark.parametrize("name", ["ArcFace", "CosFace", "SubCenterArcFace"])
def test_against_pytorch_metric_learning(name):
    other = pytest.importorskip("pytorch_metric_learning.losses")
    theirs, ours = {
        "ArcFace": (
            lambda: other.ArcFaceLoss(4, 5, margin=np.degrees(0.5), scale=16),
            ArcFaceLoss(0.5, 16, dtype=WIDEST),
        ),
        "CosFace": (
            lambda: other.CosFaceLoss(4, 5, margin=0.35, scale=16),
            AMSoftmaxLoss(0.35, 16, dtype=WIDEST),
        ),
        "SubCenterArcFace": (
            lambda: other.SubCenterArcFaceLoss(
                num_classes=4,
                embedding_size=5,
                margin=np.degrees(0.5),
                scale=16,
                sub_centers=3,
            ),
            ArcFaceLoss(0.5, 16, dtype=WIDEST),
        ),
    }[name]
    sub_centers = 3 if name.startswith("Sub") else 1
    x, y = np.random.default_rng(3).normal(size=(6, 5)), np.arange(6) % 4
    head = built(CosineDense(4, sub_centers=sub_centers, dtype=WIDEST), 5)
    w = numpy(head.kernel)
    x[0] = -w[0] + 0.05 * w[1]  # beyond pi - m

    def through(rows):  # features over class weights: one compilation for both
        return ours(y, head.stateless_call([rows[6:]], [], rows[:6])[0])

    compare_with_torch(theirs().double(), through, x, w, y)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_the_automatic_scale_makes_a_perfect_feature_almost_certain(classes):
    # Class weights that are spread evenly have cosines of -1 / (k - 1).
    scores = np.full((1, classes), -1 / (classes - 1))
    scores[0, 1] = 1.0
    loss = float(AMSoftmaxLoss(margin=0.0, scale="auto")(np.array([1]), scores))
    np.testing.assert_allclose(np.exp(-loss), 0.9999, rtol=1e-5)
    assert AMSoftmaxLoss().get_config()["scale"] == "auto"


def test_a_share_of_the_margin():
    scores = np.array([[0.6, 0.2]])
    loss, plain = ArcFaceLoss(scale=10), CosSoftmaxLoss(scale=10)
    with share_of_margin(0.0):
        np.testing.assert_allclose(float(loss([0], scores)), float(plain([0], scores)))
    whole = float(loss([0], scores))
    with share_of_margin(0.5):
        half = float(loss([0], scores))
    target = (0.6 + np.cos(np.arccos(0.6) + 0.5)) / 2
    np.testing.assert_allclose(half, np.log1p(np.exp(10 * (0.2 - target))), rtol=1e-5)
    assert float(loss([0], scores)) == whole
