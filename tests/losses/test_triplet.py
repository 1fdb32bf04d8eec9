"""The batch-hard triplet loss against float64 NumPy and a second library."""

import numpy as np
import pytest

from keras_pod.losses import BatchHardTripletLoss
from tests.gradients import compare, value_and_gradient

RNG = np.random.default_rng(0)
X = 2 * RNG.normal(size=(9, 5)).astype("float32")
Y = np.array([0, 1, 2, 0, 1, 0, 7, 2, 1])  # 7 is alone
PAIRED = Y != 7


def reference(x, y, margin=None):
    losses = []
    for i in range(len(x)):
        far = [np.linalg.norm(x[i] - x[j]) for j in range(len(x))]
        positives = [far[j] for j in range(len(x)) if j != i and y[j] == y[i]]
        negatives = [far[j] for j in range(len(x)) if y[j] != y[i]]
        if positives and negatives:
            gap = max(positives) - min(negatives)
            soft = np.log1p(np.exp(gap))
            losses.append(soft if margin is None else max(0.0, margin + gap))
    return np.mean(losses)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("margin", [None, 0.0, 1.0])
@pytest.mark.parametrize("labels", [Y, Y[:, None]], ids=["flat", "column"])
def test_value_and_gradient_against_float64(labels, margin, compiled):
    compare(
        lambda x: BatchHardTripletLoss(0.7, margin)(labels, x),
        lambda x: 0.7 * reference(x, Y, margin),
        X,
        slopes=(1e-3, 1e-5),
        compiled=compiled,
    )


def test_without_triplets_it_is_zero():
    for x, y in ((X, np.arange(9)), (X, np.zeros(9)), (X[:1], Y[:1])):
        loss = BatchHardTripletLoss()
        value, gradient = value_and_gradient(lambda x, y=y: loss(y, x), x)  # noqa: B023
        assert value == 0 and not gradient.any()


def test_near_features_far_from_the_origin_keep_their_distances():
    x = np.array([[1000.0], [1000.01], [1000.5]], "float32")
    found = float(BatchHardTripletLoss(margin=0.0)(np.array([0, 1, 0]), x))
    expected = reference(x.astype("float64"), [0, 1, 0], 0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("margin", [None, 0.5])
def test_against_pytorch_metric_learning(margin):
    torch = pytest.importorskip("torch")
    pytest.importorskip("pytorch_metric_learning")
    from pytorch_metric_learning import distances, losses, miners, reducers

    distance = distances.LpDistance(normalize_embeddings=False)
    theirs = losses.TripletMarginLoss(
        margin or 0.0,
        smooth_loss=margin is None,
        distance=distance,
        reducer=reducers.MeanReducer(),
    )
    x, y = X[PAIRED], Y[PAIRED]
    tensor, labels = (
        torch.tensor(x.astype("float64"), requires_grad=True),
        torch.tensor(y),
    )
    hardest = miners.BatchHardMiner(distance=distance)(tensor, labels)
    expected = theirs(tensor, labels, hardest)
    expected.backward()
    ours = BatchHardTripletLoss(margin=margin)
    value, gradient = value_and_gradient(lambda x: ours(y, x), x)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-3, atol=1e-5)
