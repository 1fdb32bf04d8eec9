import numpy as np

from keras_pod.callbacks import RaiseMargin
from keras_pod.layers import CosineDense
from keras_pod.losses import ArcFaceLoss
from tests.heads import classifier

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = np.arange(16) % 3


def test_the_margin_comes_in_over_the_epochs_and_evaluation_has_it_whole():
    head = CosineDense(3, rising_margin=True)
    model = classifier(head, ArcFaceLoss(scale=4.0))
    options = {"epochs": 4, "batch_size": 16, "verbose": 0, "validation_data": (X, Y)}
    found = model.fit(X, Y, callbacks=[RaiseMargin(2)], **options)
    whole, _ = model.evaluate(X, Y, batch_size=16, verbose=0)
    np.testing.assert_allclose(found.history["val_loss"], [whole] * 4, rtol=1e-6)
    first, half, *last = found.history["loss"]
    # Nothing is learnt, so that only the margin changes.
    assert first < half < whole
    np.testing.assert_allclose(last, [whole] * 2, rtol=1e-5)
    without = classifier(CosineDense(3), ArcFaceLoss(margin=0.0, scale=4.0))
    without.head.kernel.assign(head.kernel)
    plain, _ = without.evaluate(X, Y, batch_size=16, verbose=0)
    np.testing.assert_allclose(first, plain, rtol=1e-5)
