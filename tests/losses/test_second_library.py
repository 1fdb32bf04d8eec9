"""Losses and their gradients against PyTorch Metric Learning."""

import numpy as np
import pytest

from keras_pod.layers import AngularDense, CosineDense
from keras_pod.losses import (
    AMSoftmaxLoss,
    ArcFaceLoss,
    BatchHardTripletLoss,
    CrossEntropyLoss,
    SupConLoss,
)
from tests.gradients import value_and_gradient
from tests.heads import WIDEST, built, compare_with_torch, numpy, of_row
from tests.losses.formulas import CLASSES, X

other = pytest.importorskip("pytorch_metric_learning.losses")
torch = pytest.importorskip("torch")

DEGREES = np.degrees(0.5)
MARGINS = {
    "ArcFaceLoss": (ArcFaceLoss(0.5, 16, dtype=WIDEST), {"margin": DEGREES}, 1),
    "CosFaceLoss": (AMSoftmaxLoss(0.35, 16, dtype=WIDEST), {"margin": 0.35}, 1),
    "SubCenterArcFaceLoss": (
        ArcFaceLoss(0.5, 16, dtype=WIDEST),
        {"margin": DEGREES, "sub_centers": 3},
        3,
    ),
}


@pytest.mark.parametrize("name", MARGINS)
def test_margins_on_cosines(name):
    ours, options, sub_centers = MARGINS[name]
    theirs = getattr(other, name)(
        num_classes=4, embedding_size=5, scale=16, **options
    ).double()
    x, y = np.random.default_rng(3).normal(size=(6, 5)), np.arange(6) % 4
    head = built(CosineDense(4, sub_centers=sub_centers, dtype=WIDEST), 5)
    w = numpy(head.kernel)
    x[0] = -w[0] + 0.05 * w[1]  # beyond pi - m
    through = of_row(head, lambda x: ours(y, head(x)), x.shape)
    compare_with_torch(theirs, through, x, w, y)


@pytest.mark.parametrize("name", ["SphereFaceLoss", "LargeMarginSoftmaxLoss"])
def test_margins_on_angles(name):
    head = AngularDense(4, 4, anneal=0, normalise_weights=name[0] == "S", dtype=WIDEST)
    w, y = numpy(built(head, 5).kernel), np.arange(6) % 4
    if head.normalise_weights:
        # Theirs asks for it, and differs from A-Softmax in scale otherwise.
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    x, loss = (
        np.random.default_rng(3).normal(size=(6, 5)),
        CrossEntropyLoss(dtype=WIDEST),
    )
    ours = of_row(head, lambda x: loss(y, head.training_logits(y, x)), x.shape)
    compare_with_torch(getattr(other, name)(4, 5, margin=4).double(), ours, x, w, y)


def hold(theirs, ours, x, y):
    """A loss of features alone, and its gradient, against PyTorch's."""
    tensor = torch.tensor(x.astype("float64"), requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    value, gradient = value_and_gradient(lambda x: ours(y, x), x)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-3, atol=1e-5)


def test_supcon():
    hold(other.SupConLoss(temperature=0.1), SupConLoss(), X, CLASSES)


@pytest.mark.parametrize("margin", [None, 0.5])
def test_triplets(margin):
    from pytorch_metric_learning import distances, miners, reducers

    distance = distances.LpDistance(normalize_embeddings=False)
    theirs = other.TripletMarginLoss(
        margin or 0.0,
        smooth_loss=margin is None,
        distance=distance,
        reducer=reducers.MeanReducer(),
    )
    hardest = miners.BatchHardMiner(distance=distance)
    paired = CLASSES != 7
    hold(
        lambda x, y: theirs(x, y, hardest(x, y)),
        BatchHardTripletLoss(margin=margin),
        X[paired],
        CLASSES[paired],
    )
