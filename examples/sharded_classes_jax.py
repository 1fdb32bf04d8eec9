"""Share very many classes among devices: each holds a part of the centroids (JAX).

Devices, here parts of the CPU, make a grid: so many parts of each batch times so many
parts of the classes. JAX puts scores, losses and gradients together; nothing in the
model changes. Two parts of the batch and four of the classes:

    KERAS_BACKEND=jax python examples/sharded_classes_jax.py 2 4
"""

import sys

import jax
import keras
import numpy as np

import keras_pod

CLASSES, DIM, BATCH = 16384, 64, 64
data_parts, class_parts = map(int, sys.argv[1:] or (2, 4))

# Before anything is computed. GPUs and TPUs are as many as there are.
jax.config.update("jax_num_cpu_devices", data_parts * class_parts)
grid = keras.distribution.DeviceMesh((data_parts, class_parts), ("batch", "classes"))
layout = keras.distribution.LayoutMap(grid)
# By weight path. Of a trained head (CosineDense, ArcFace) it would be
# layout["logits/kernel"] = ("classes", None).
layout["logits/centroids"] = ("classes", None)
keras.distribution.set_distribution(
    keras.distribution.ModelParallel(layout_map=layout, batch_dim_name="batch")
)

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
labels = rng.integers(CLASSES, size=512)
images = rng.normal(size=(512, 32)).astype("float32")

inputs = keras.Input((32,))
head = keras_pod.layers.PEDCC(
    # So many rows in so few dimensions are found by a long search (k > 2 n); random
    # ones are almost as far apart.
    CLASSES,
    centroids=rng.normal(size=(CLASSES, DIM)),
    name="logits",
)
model = keras_pod.Classifier.from_backbone(
    keras.Model(inputs, keras.layers.Dense(128, activation="relu")(inputs)),
    head,
    feature_dim=DIM,
)
model.compile(keras.optimizers.SGD(0.5, momentum=0.9), loss=keras_pod.losses.pod())
history = model.fit(
    images,
    labels,
    batch_size=BATCH,
    epochs=3,
    shuffle=False,
    verbose=0,
    callbacks=[keras_pod.callbacks.NormAdaptiveDelta()],
).history
shards = head.centroids.value.addressable_shards
print(
    f"{len(shards)} devices, each with {shards[0].data.shape} of {head.centroids.shape}"
)
print("loss", *(f"{loss:.6f}" for loss in history["loss"]))
