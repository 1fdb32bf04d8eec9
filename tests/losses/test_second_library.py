"""Losses and their gradients against PyTorch Metric Learning."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod.layers import AngularDense, CosineDense
from keras_pod.losses import (
    AMSoftmaxLoss,
    ArcFaceLoss,
    BatchHardTripletLoss,
    CrossEntropyLoss,
    SupConLoss,
)
from tests.gradients import value_and_gradient
from tests.heads import built, numpy, of_row
from tests.losses.formulas import CLASSES, X

other = pytest.importorskip("pytorch_metric_learning.losses")
torch = pytest.importorskip("torch")

# JAX has no float64 unless asked, and Keras multiplies in float32 on torch.
WIDEST = "float64" if keras.backend.backend() == "tensorflow" else "float32"
TOLERANCE = {"rtol": 1e-5, "atol": 1e-9 if WIDEST == "float64" else 2e-6}
TIGHT = {"scale": 16, "dtype": WIDEST}
DEGREES = np.degrees(0.5)


def cosines(ours, sub_centers=1):
    head = built(CosineDense(4, sub_centers=sub_centers, dtype=WIDEST), 5)
    return head, lambda y: lambda x: ours(y, head(x))


def angles(normalise_weights):
    options = {"anneal": 0, "normalise_weights": normalise_weights, "dtype": WIDEST}
    head, loss = built(AngularDense(4, 4, **options), 5), CrossEntropyLoss(dtype=WIDEST)
    return head, lambda y: lambda x: loss(y, head.training_logits(y, x))


# Ours, theirs and its options.
CASES = {
    "ArcFaceLoss": (
        lambda: cosines(ArcFaceLoss(0.5, **TIGHT)),
        {"scale": 16, "margin": DEGREES},
    ),
    "CosFaceLoss": (
        lambda: cosines(AMSoftmaxLoss(0.35, **TIGHT)),
        {"scale": 16, "margin": 0.35},
    ),
    "SubCenterArcFaceLoss": (
        lambda: cosines(ArcFaceLoss(0.5, **TIGHT), 3),
        {"scale": 16, "margin": DEGREES, "sub_centers": 3},
    ),
    "SphereFaceLoss": (lambda: angles(True), {"margin": 4}),
    "LargeMarginSoftmaxLoss": (lambda: angles(False), {"margin": 4}),
}


@pytest.mark.parametrize("name", CASES)
def test_margins(name):
    """By features and by class weights."""
    make, options = CASES[name]
    theirs = getattr(other, name)(num_classes=4, embedding_size=5, **options).double()
    (head, of_labels), y = make(), np.arange(6) % 4
    w, x = numpy(head.kernel), np.random.default_rng(3).normal(size=(6, 5))
    if name == "SphereFaceLoss":
        # Theirs asks for it, and differs from A-Softmax in scale otherwise.
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    x[0] = -w[0] + 0.05 * w[1]  # beyond pi - m
    theirs.W.data = torch.tensor(w.T)
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    row = ops.convert_to_tensor(np.concatenate([x.ravel(), w.ravel()]), WIDEST)
    value, gradient = value_and_gradient(of_row(head, of_labels(y), x.shape), row)
    np.testing.assert_allclose(value, expected.item(), **TOLERANCE)
    slopes = [tensor.grad.numpy().ravel(), theirs.W.grad.numpy().T.ravel()]
    np.testing.assert_allclose(gradient, np.concatenate(slopes), **TOLERANCE)


@pytest.mark.parametrize("name", ["supcon", "soft triplets", "triplets"])
def test_pairs(name):
    from pytorch_metric_learning import distances, miners, reducers

    margin = 0.5 if name == "triplets" else None
    distance = distances.LpDistance(normalize_embeddings=False)
    triplets = other.TripletMarginLoss(
        margin or 0.0,
        smooth_loss=margin is None,
        distance=distance,
        reducer=reducers.MeanReducer(),
    )
    hardest = miners.BatchHardMiner(distance=distance)
    ours = BatchHardTripletLoss(margin=margin)
    paired = CLASSES != 7
    theirs = lambda x, y: triplets(x, y, hardest(x, y))  # noqa: E731
    if name == "supcon":
        ours, theirs = SupConLoss(), other.SupConLoss(temperature=0.1)
    x, y = X[paired], CLASSES[paired]
    tensor = torch.tensor(x.astype("float64"), requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    value, gradient = value_and_gradient(lambda x: ours(y, x), x)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-3, atol=1e-5)
