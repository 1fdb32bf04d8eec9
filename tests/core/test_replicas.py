import os
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import keras_pod
from keras_pod.core import replicas
from tests.processes import ROOT, free_ports


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

    class Several(tf.distribute.MultiWorkerMirroredStrategy):
        def __init__(self, *addresses):
            # The real one waits for all processes.
            workers = tf.train.ClusterSpec({"worker": list(addresses)})
            resolvers = tf.distribute.cluster_resolver
            self.resolver = resolvers.SimpleClusterResolver(workers)

        cluster_resolver = property(lambda self: self.resolver)

    inputs = keras.Input((4,))
    head = keras_pod.layers.PEDCC(3)
    model = keras_pod.Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile("sgd", loss=keras_pod.losses.pod())
    model._distribute_strategy = Several("a:1", "b:1")
    for start in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(ValueError, match="multi_process_jax"):
            start(np.ones((4, 4)), np.zeros(4))
    model._distribute_strategy = Several("a:1")
    replicas.check_strategy(model)


WORKER = """
import json, os, sys
os.environ["TF_CONFIG"] = json.dumps({
    "cluster": {"worker": ["localhost:" + port for port in sys.argv[2:]]},
    "task": {"type": "worker", "index": int(sys.argv[1])},
})
import keras, numpy as np, tensorflow as tf
strategy = tf.distribute.MultiWorkerMirroredStrategy()
import keras_pod
with strategy.scope():
    inputs = keras.Input((4,))
    head = keras_pod.layers.PEDCC(3)
    model = keras_pod.Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile("sgd", loss=keras_pod.losses.pod())
try:
    model.fit(np.ones((4, 4)), np.zeros(4), verbose=0)
except ValueError as error:
    print(error, flush=True)
# Its own end waits for the other process.
os._exit(0)
"""


@pytest.mark.slow
def test_two_real_workers_are_told():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow's strategies")
    ports = [str(port) for port in free_ports(2)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(i), *ports],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(2)
    ]
    for worker in workers:
        assert "multi_process_jax" in worker.communicate(timeout=300)[0]
