from types import SimpleNamespace
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import keras_pod
from keras_pod.core import replicas


def test_one_device_has_the_whole_batch():
    x = ops.convert_to_tensor(np.ones((3, 2)))
    assert replicas.whole_batch(x) is x
    assert replicas.weigh_by_share(2.5, x) == 2.5


def test_processes_of_other_models_do_not_count(monkeypatch):
    jax = pytest.importorskip("jax")

    def trains_on(*processes):
        devices = np.array([SimpleNamespace(process_index=p) for p in processes])
        mesh = SimpleNamespace(backend_mesh=SimpleNamespace(devices=devices))
        found = SimpleNamespace(device_mesh=mesh) if processes else None
        monkeypatch.setattr(keras.distribution, "distribution", lambda: found)

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(jax, "process_index", lambda: 1)
    for processes in ((), (1, 1)):
        trains_on(*processes)
        assert replicas.is_first_process() and replicas.of_all_processes(7) == [7]
    trains_on(0, 0, 1, 1)
    assert not replicas.is_first_process()


def test_what_keras_cannot_train_with_is_refused_with_what_can():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow's strategies")
    inputs = keras.Input((4,))
    head = keras_pod.layers.PEDCC(3)
    model = keras_pod.Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile("sgd", loss=keras_pod.losses.pod())
    # The real one waits for all processes.
    strategy = mock.Mock(spec=tf.distribute.MultiWorkerMirroredStrategy)
    cluster = strategy.cluster_resolver.cluster_spec
    cluster.return_value = tf.train.ClusterSpec({"worker": ["a:1", "b:1"]})
    model._distribute_strategy = strategy
    for start in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(ValueError, match="multi_process_jax"):
            start(np.ones((4, 4)), np.zeros(4))
    cluster.return_value = tf.train.ClusterSpec({"worker": ["a:1"]})
    replicas.check_strategy(model)
