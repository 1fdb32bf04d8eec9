"""POD Loss with mixup: soft labels need nothing special.

Every image is blended with another, and so are their labels. The target of a
blended image is the same blend of the two class centroids.

    python examples/mixup.py
"""

import keras
import numpy as np

import keras_pod

data = keras_pod.data.load("digits", augment=None)
x_train, y_train, x_test, y_test = data.arrays
one_hot = np.eye(data.num_classes, dtype="float32")


class MixedBatches(keras.utils.PyDataset):
    """Batches of 64 blended images with their blended labels."""

    def __len__(self):
        return len(x_train) // 64

    def __getitem__(self, index):
        rng = np.random.default_rng()
        first, second = rng.integers(len(x_train), size=(2, 64))
        share = rng.beta(0.4, 0.4, size=(64, 1)).astype("float32")
        pixels = share[..., None, None]
        x = pixels * x_train[first] + (1 - pixels) * x_train[second]
        y = share * one_hot[y_train[first]] + (1 - share) * one_hot[y_train[second]]
        return x / 255, y


model = keras_pod.Classifier.from_backbone(
    keras_pod.models.resnet8(data.image_shape),
    keras_pod.layers.PEDCC(data.num_classes, alpha=0.01),
    feature_dim=128,
)
model.compile(
    keras_pod.optimizers.L2SGD(0.5),
    loss=keras_pod.losses.pod(lam=1.0, sc_normalise="n-1"),
    metrics=["accuracy"],
)
model.fit(
    MixedBatches(),
    validation_data=(x_test / 255, one_hot[y_test]),
    epochs=10,
    callbacks=[keras_pod.callbacks.NormAdaptiveDelta()],
)
