import logging

import numpy as np

from keras_pod.callbacks import KernelWatch
from keras_pod.layers import RBFLogits
from keras_pod.losses import CrossEntropyLoss
from tests import heads

Y = np.array([0, 1, 2, 0])
FAR = np.full((4, 3), 100.0, "float32")


def trained(head, x, *callbacks, **options):
    model = heads.classifier(head, CrossEntropyLoss(), lr=0.1)
    return model.fit(x, Y, verbose=0, callbacks=[*callbacks], **options)


def test_fit_watches_of_itself(caplog):
    with caplog.at_level(logging.WARNING, "keras_pod"):
        trained(RBFLogits(3, feature_scale=1.0), FAR, epochs=2)
        assert caplog.text.count("larger gamma (now 2)") == 1
        # A watch of the user's own is the only one.
        caplog.clear()
        trained(RBFLogits(3, feature_scale=1.0), FAR, KernelWatch(threshold=-1.0))
        # Near features have kernels.
        watch = KernelWatch()
        trained(RBFLogits(3), FAR / 100, watch)
        assert not watch.warned and "keras_pod" not in caplog.text
        # One that is no number is told of.
        watch.model.head.mean_kernel.assign(np.nan)
        watch.on_epoch_end(0)
    assert watch.warned and "mean kernel" in caplog.text
