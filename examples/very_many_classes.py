"""A class for each of the 100,000 numbers of five digits, scored by none of them.

Five handwritten digits side by side are an image of a number. The class vector of a
number is put together from those of its digits, one of ten evenly spread points each,
so that the network knows numbers that it has never seen. The cosine loss needs the
vector of the right class only: no step computes 100,000 scores, nor does the
prediction, which searches for the nearest vector a part at a time.

    python examples/very_many_classes.py     # two minutes on two CPU cores
"""

import itertools
import time

import keras
import numpy as np
from keras import layers

import keras_pod
from keras_pod import evaluation

DIGITS = 5
rng = np.random.default_rng(0)
keras.utils.set_random_seed(0)
x_train, y_train, x_test, y_test = keras_pod.data.load("digits").arrays


def numbers(images, labels, count):
    """Images (count, 8, 40, 1) of random numbers, and the numbers."""
    chosen = rng.integers(0, len(images), (count, DIGITS))
    side_by_side = np.concatenate(np.moveaxis(images[chosen], 1, 0), axis=2)
    return side_by_side / 255, labels[chosen] @ 10 ** np.arange(DIGITS)[::-1]


points = keras_pod.centroids.pedcc(10, 9)
vectors = np.array(
    [points[list(of)].ravel() for of in itertools.product(range(10), repeat=DIGITS)]
)
head = keras_pod.layers.PEDCC(len(vectors), alpha=None, centroids=vectors)

x = images = keras.Input((8, 8 * DIGITS, 1))
for filters in (32, 64):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
x = layers.Flatten()(layers.MaxPooling2D(2)(x))
backbone = keras.Model(images, x)
model = keras_pod.Classifier.from_backbone(backbone, head, vectors.shape[1])
# No metrics: accuracy would need all scores.
model.compile(keras.optimizers.Adam(1e-3), loss=keras_pod.losses.CosineLoss())

x, y = numbers(x_train, y_train, 20_000)
model.fit(x, y, batch_size=256, epochs=6, verbose=2)
print(f"{len(vectors):,} classes, {len(np.unique(y)):,} of them seen in training")

x_new, y_new = numbers(x_test, y_test, 2_000)
# The features alone: the model's other output is all scores.
features = keras.Model(model.input, model.output["features"]).predict(x_new, verbose=0)
began = time.perf_counter()
found = evaluation.nearest_classes(features, head.centroids)
seconds = time.perf_counter() - began
right = found.classes[:, 0] == y_new
unseen = ~np.isin(y_new, y)
print(f"{len(x_new):,} new images, searched in {seconds:.1f} s: {right.mean():.1%}")
print(f"{right[unseen].mean():.1%} of the {unseen.sum():,} whose number was never seen")
