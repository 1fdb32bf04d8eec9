import logging

import numpy as np

from keras_pod.callbacks import KernelWatch
from keras_pod.layers import CenterDense, RBFLogits
from keras_pod.losses import CrossEntropyLoss
from tests import heads

Y = np.array([0, 1, 2, 0])


def test_far_features_are_told_once(caplog):
    head = RBFLogits(3, feature_scale=1.0)
    model = heads.classifier(head, CrossEntropyLoss(), lr=0.1)
    x = np.full((4, 3), 100.0, "float32")
    watch = KernelWatch()
    before = heads.numpy(head.prototypes)
    with caplog.at_level(logging.WARNING, "keras_pod"):
        history = model.fit(x, Y, epochs=2, verbose=0, callbacks=[watch])
    assert caplog.text.count("larger gamma (now 2)") == 1
    assert watch.warned
    # It is right: nothing was learnt, and nothing broke.
    np.testing.assert_allclose(history.history["loss"], np.log(3), rtol=1e-6)
    assert np.array_equal(heads.numpy(head.prototypes), before)


def test_near_features_are_not():
    model = heads.classifier(RBFLogits(3), CrossEntropyLoss(), lr=0.1)
    watch = KernelWatch()
    model.fit(np.ones((4, 3), "float32"), Y, verbose=0, callbacks=[watch])
    assert not watch.warned


def test_fit_watches_of_itself(caplog):
    far = np.full((4, 3), 100.0, "float32")
    with caplog.at_level(logging.WARNING, "keras_pod"):
        head = RBFLogits(3, feature_scale=1.0)
        heads.classifier(head, CrossEntropyLoss()).fit(far, Y, verbose=0)
        assert caplog.text.count("mean kernel") == 1
        # A watch of the user's own is the only one.
        caplog.clear()
        model = heads.classifier(RBFLogits(3, feature_scale=1.0), CrossEntropyLoss())
        model.fit(far, Y, verbose=0, callbacks=[KernelWatch(threshold=-1.0)])
        heads.classifier(RBFLogits(3), CrossEntropyLoss()).fit(far / 100, Y, verbose=0)
        heads.classifier(CenterDense(3), CrossEntropyLoss()).fit(far, Y, verbose=0)
    assert "keras_pod" not in caplog.text
