"""New classes for a trained classifier, from ten images of each.

A PEDCC head lays out centroids for classes to come. They take their places later: only
the dense layer of the features is fitted again, in one step, and the old classes stay.

    python examples/new_classes.py     # a minute on two CPU cores
"""

import numpy as np

import keras_pod
from keras_pod import evaluation

data = keras_pod.data.load("digits")
x_train, y_train, x_test, y_test = data.arrays
x_train, x_test = x_train / 255, x_test / 255
old, old_test = y_train < 8, y_test < 8

model = keras_pod.Classifier.from_backbone(
    keras_pod.models.resnet8(data.image_shape),
    keras_pod.layers.PEDCC(8, alpha=0.01, reserved=2),
    feature_dim=128,
)
model.compile(
    keras_pod.optimizers.L2SGD(0.5),
    loss=keras_pod.losses.pod(lam=1.0, sc_normalise="n-1"),
)
delta = keras_pod.callbacks.NormAdaptiveDelta()
# 40 at a time: of 1154 images 32 would leave two for the last batch, too few for batch
# normalisation.
model.fit(x_train[old], y_train[old], 40, epochs=10, callbacks=[delta])
before = model.predict(x_test[old_test])["logits"].argmax(axis=1)
print(f"0 to 7, before: {np.mean(before == y_test[old_test]):.1%}")

few = np.concatenate([np.flatnonzero(y_train == digit)[:10] for digit in (8, 9)])
wider = evaluation.extended(model, x_train[old], x_train[few], y_train[few])
right = wider.predict(x_test)["logits"].argmax(axis=1) == y_test
print(f"0 to 7, among ten classes: {right[old_test].mean():.1%}")
print(f"8 and 9, from ten images each: {right[~old_test].mean():.1%}")

# The same images without a solver: the class whose mean feature is nearest.
known = np.concatenate([np.flatnonzero(old), few])
features, labels = model.predict(x_train[known])["features"], y_train[known]
means = np.stack([features[labels == digit].mean(axis=0) for digit in range(10)])
nearest = evaluation.nearest_classes(model.predict(x_test)["features"], means)
right = nearest.classes[:, 0] == y_test
print(f"8 and 9, by class means: {right[~old_test].mean():.1%}")
