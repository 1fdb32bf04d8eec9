"""Losses and their gradients against PyTorch Metric Learning.

The benchmarks hold margins on cosines against it.
"""

import keras
import numpy as np
import pytest

from keras_pod.layers import AngularDense
from keras_pod.losses import BatchHardTripletLoss, CrossEntropyLoss, SupConLoss
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


@pytest.mark.parametrize("name", ["SphereFaceLoss", "LargeMarginSoftmaxLoss"])
def test_margins_on_angles(name):
    unit = name == "SphereFaceLoss"
    theirs = getattr(other, name)(num_classes=4, embedding_size=5, margin=4).double()
    head = AngularDense(4, 4, anneal=0, normalise_weights=unit, dtype=WIDEST)
    w, y = numpy(built(head, 5).kernel), np.arange(6) % 4
    if unit:
        # Theirs asks for it, and differs from A-Softmax in scale otherwise.
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    theirs.W.data, loss = torch.tensor(w.T), CrossEntropyLoss(dtype=WIDEST)
    x = np.random.default_rng(3).normal(size=(6, 5)).astype(WIDEST)
    hold(theirs, lambda x: loss(y, head.training_logits(y, x)), x, y, **TIGHT)


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
