import keras
import numpy as np

from keras_pod.callbacks import AnnealMargin
from keras_pod.layers import AngularDense


def test_anneal_margin():
    inputs = keras.Input((4,))
    head = AngularDense(3)
    callback = AnnealMargin(start=1000, stop=5, decay=20)
    callback.set_model(keras.Model(inputs, head(inputs)))
    callback.on_train_begin()
    found = []
    for epoch in (0, 1, 10, 50):
        callback.on_epoch_begin(epoch)
        found.append(float(head.anneal))
    np.testing.assert_allclose(found, [1000, 1000 / 21, 5, 5], rtol=1e-6)
