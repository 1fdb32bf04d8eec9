"""Losses and their gradients against PyTorch Metric Learning."""

import functools

import keras
import numpy as np
import pytest

from keras_pod import layers, losses
from tests.gradients import value_and_gradient
from tests.heads import built, numpy
from tests.losses.formulas import CLASSES, X

other = pytest.importorskip("pytorch_metric_learning.losses")
torch = pytest.importorskip("torch")

# JAX has no float64 unless asked, and Keras multiplies in float32 on torch.
WIDEST = "float64" if keras.backend.backend() == "tensorflow" else "float32"
TIGHT = {"rtol": 1e-5, "atol": 1e-9 if WIDEST == "float64" else 2e-6}


def hold(theirs, ours, x, y, **slopes):
    tensor = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    value, gradient = value_and_gradient(ours, x)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), **slopes)


ARC = losses.ArcFaceLoss(0.5, 16, dtype=WIDEST)
COS = losses.AMSoftmaxLoss(0.35, 16, dtype=WIDEST)
FACE, ANGLES = {"scale": 16, "margin": np.degrees(0.5)}, {"margin": 4}
MARGINS = {
    "ArcFaceLoss": (ARC, {}, FACE),
    "CosFaceLoss": (COS, {}, FACE | {"margin": 0.35}),
    "SubCenterArcFaceLoss": (ARC, {"sub_centers": 3}, FACE | {"sub_centers": 3}),
    "SphereFaceLoss": (None, {"normalise_weights": True}, ANGLES),
    "LargeMarginSoftmaxLoss": (None, {"normalise_weights": False}, ANGLES),
}


@pytest.mark.parametrize("name", MARGINS)
def test_margins(name):
    loss, options, theirs = MARGINS[name]
    theirs = getattr(other, name)(num_classes=4, embedding_size=5, **theirs).double()
    x, y = np.random.default_rng(3).normal(size=(6, 5)), np.arange(6) % 4
    if loss:
        head = scores = layers.CosineDense(4, dtype=WIDEST, **options)
    else:
        loss = losses.CrossEntropyLoss(dtype=WIDEST)
        head = layers.AngularDense(4, 4, anneal=0, dtype=WIDEST, **options)
        scores = functools.partial(head.training_logits, y)
    w = numpy(built(head, 5).kernel)
    if name == "SphereFaceLoss":
        # Theirs asks for it, and differs from A-Softmax in scale otherwise.
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    theirs.W.data = torch.tensor(w.T).double()
    x[0] = -w[0] + 0.05 * w[1]  # beyond pi - m
    hold(theirs, lambda x: loss(y, scores(x)), x.astype(WIDEST), y, **TIGHT)


@pytest.mark.parametrize("margin", [None, 0.5])
def test_pairs(margin):
    from pytorch_metric_learning import distances, miners, reducers

    paired = CLASSES != 7
    x, y, loose = X[paired], CLASSES[paired], {"rtol": 1e-3, "atol": 1e-5}
    distance = distances.LpDistance(normalize_embeddings=False)
    hardest = miners.BatchHardMiner(distance=distance)
    theirs = other.TripletMarginLoss(
        margin or 0.0,
        smooth_loss=margin is None,
        distance=distance,
        reducer=reducers.MeanReducer(),
    )
    ours = losses.BatchHardTripletLoss(margin=margin)
    hold(lambda x, y: theirs(x, y, hardest(x, y)), lambda x: ours(y, x), x, y, **loose)
    theirs = other.SupConLoss(temperature=0.1)
    hold(theirs, lambda x: losses.SupConLoss()(y, x), x, y, **loose)
