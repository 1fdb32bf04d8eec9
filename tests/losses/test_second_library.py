"""Losses and their gradients against PyTorch Metric Learning."""

import keras
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
from tests.heads import built, numpy
from tests.losses.formulas import CLASSES, X

other = pytest.importorskip("pytorch_metric_learning.losses")
torch = pytest.importorskip("torch")

# JAX has no float64 unless asked, and Keras multiplies in float32 on torch.
WIDEST = "float64" if keras.backend.backend() == "tensorflow" else "float32"
TIGHT = {"rtol": 1e-5, "atol": 1e-9 if WIDEST == "float64" else 2e-6}
CROSS_ENTROPY = CrossEntropyLoss(dtype=WIDEST)
# The head, the loss on its scores in training, and theirs.
MARGINS = {
    "ArcFaceLoss": (CosineDense, {}, ArcFaceLoss, {"margin": np.degrees(0.5)}),
    "CosFaceLoss": (CosineDense, {}, AMSoftmaxLoss, {"margin": 0.35}),
    "SubCenterArcFaceLoss": (
        CosineDense,
        {"sub_centers": 3},
        ArcFaceLoss,
        {"margin": np.degrees(0.5), "sub_centers": 3},
    ),
    "SphereFaceLoss": (AngularDense, {"anneal": 0}, None, {"margin": 4}),
    "LargeMarginSoftmaxLoss": (
        AngularDense,
        {"anneal": 0, "normalise_weights": False},
        None,
        {"margin": 4},
    ),
}


def hold(theirs, ours, x, y, **slopes):
    tensor = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    value, gradient = value_and_gradient(ours, x)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), **slopes)


@pytest.mark.parametrize("name", MARGINS)
def test_margins(name):
    kind, of_head, loss, options = MARGINS[name]
    options |= {"scale": 16} if loss else {}
    theirs = getattr(other, name)(num_classes=4, embedding_size=5, **options).double()
    head, y = built(kind(4, **of_head, dtype=WIDEST), 5), np.arange(6) % 4
    w = numpy(head.kernel)
    if name == "SphereFaceLoss":
        # Theirs asks for it, and differs from A-Softmax in scale otherwise.
        w /= np.linalg.norm(w, axis=1, keepdims=True)
        head.kernel.assign(w)
    theirs.W.data = torch.tensor(w.T)
    x = np.random.default_rng(3).normal(size=(6, 5)).astype(WIDEST)
    x[0] = -w[0] + 0.05 * w[1]  # beyond pi - m

    def ours(x):
        if loss is None:
            return CROSS_ENTROPY(y, head.training_logits(y, x))
        return loss(scale=16, dtype=WIDEST)(y, head(x))

    hold(theirs, ours, x, y, **TIGHT)


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
    ours = BatchHardTripletLoss(margin=margin)
    hold(lambda x, y: theirs(x, y, hardest(x, y)), lambda x: ours(y, x), x, y, **loose)
    theirs = other.SupConLoss(temperature=0.1)
    hold(theirs, lambda x: SupConLoss()(y, x), x, y, **loose)
