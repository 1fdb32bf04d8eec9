"""What a `Classifier` gives losses that ask for labels, or for what is right."""

import functools

import keras
import numpy as np
import pytest

from keras_pod.layers import PEDCC, AngularDense, CenterDense
from keras_pod.losses import (
    CrossEntropyLoss,
    FeatureIncayLoss,
    NaCLoss,
    SupConLoss,
    supcon,
)
from tests import heads
from tests.classifier.small import slow_elsewhere
from tests.losses.formulas import CLASSES, X


@slow_elsewhere
@pytest.mark.parametrize(
    ("make", "loss"),
    [
        (keras.layers.Dense, CrossEntropyLoss()),
        # With targets of its own, and with a margin.
        (CenterDense, CrossEntropyLoss()),
        (AngularDense, CrossEntropyLoss()),
        # It reads no scores but those of the own classes.
        (functools.partial(PEDCC, alpha=None), NaCLoss()),
    ],
)
def test_what_is_right(make, loss):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 3)).astype("float32")
    head = make(3)
    features = FeatureIncayLoss(0.5, correct_only=True)
    model = heads.classifier(head, {"logits": loss, "features": features})
    y = rng.integers(3, size=30)
    right = heads.numpy(head(x)).argmax(1) == y
    assert 0 < right.sum() < 30
    expected = 0.5 * np.mean(right / (1 + np.sum(x.astype("float64") ** 2, axis=1)))
    for labels in (y, y[:, None], 0.4 * np.eye(3)[y] + 0.2):
        # In training too the scores count as they are, without their margin.
        for found in (
            model.evaluate(x, labels, batch_size=30, verbose=0, return_dict=True),
            model.train_on_batch(x, labels, return_dict=True),
        ):
            np.testing.assert_allclose(found["features_loss"], expected, rtol=1e-5)
    found = model.train_on_batch(x[:2], np.array([0, 3]), return_dict=True)
    assert np.isnan(found["features_loss"])


@slow_elsewhere
def test_labels():
    expected = float(SupConLoss()(CLASSES, X))
    model = heads.classifier(keras.layers.Dense(8), supcon(), dim=5)
    rows = np.eye(8)[CLASSES]
    for labels in (CLASSES, CLASSES[:, None], rows, 0.9 * rows + 0.1 / 8):
        found = model.evaluate(X, labels, verbose=0, return_dict=True)
        np.testing.assert_allclose(found["features_loss"], expected, rtol=1e-5)
