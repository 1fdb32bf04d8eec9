import keras
import numpy as np
import tensorflow as tf

import keras_pod
from keras_pod.experiments.run.feature_frames import (
    MOST_IMAGES,
    KeepFrames,
    read_frames,
)


def test_features_and_class_vectors_of_every_epoch(tmp_path):
    images = np.random.default_rng(0).normal(size=(1100, 4)).astype("float32")
    labels = np.arange(1100) % 3
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(400)

    def model(head):
        backbone = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
        made = keras_pod.Classifier.from_backbone(backbone, head, feature_dim=2)
        made.compile(keras.optimizers.SGD(0.1), {"logits": "mse"})
        return made

    made = model(keras_pod.layers.PEDCC(3, alpha=None, name="logits"))
    keep = KeepFrames(tmp_path, data)
    made.fit(images, np.eye(3)[labels], epochs=2, verbose=0, callbacks=[keep])
    first, last = frames = read_frames(tmp_path)
    assert [frame.epoch for frame in frames] == [1, 2]
    assert first.features.shape == (MOST_IMAGES, 2)
    np.testing.assert_array_equal(last.labels, labels[:MOST_IMAGES])
    assert not np.allclose(first.features, last.features)
    out = made.predict(images[:MOST_IMAGES], verbose=0)
    np.testing.assert_allclose(last.features, out["features"], rtol=1e-6)
    np.testing.assert_allclose(last.vectors, made.head.centroids, rtol=1e-6)
    # A head without class vectors.
    keep.set_model(model(keras_pod.layers.RBFNetwork(3, units=4, name="logits")))
    keep.on_epoch_end(2)
    assert read_frames(tmp_path)[2].vectors is None


def test_of_many_epochs_the_last_and_some_before_it_are_read(tmp_path):
    for epoch in range(1, 101):
        arrays = {"features": np.full((2, 2), epoch), "labels": np.arange(2)}
        np.savez(tmp_path / f"epoch-{epoch:06d}.npz", **arrays)
    (tmp_path / "epoch-000001.npz").write_bytes(b"damaged")
    frames = read_frames(tmp_path, most=4)
    assert [frame.epoch for frame in frames] == [34, 67, 100]
    assert read_frames(tmp_path / "none") == []
