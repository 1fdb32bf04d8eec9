"""Files that cannot be written: what was there stays, and the error is said."""

import contextlib

import keras
import pytest

from keras_pod.callbacks.resuming import checkpoint
from keras_pod.core.disk import write_model, write_whole
from keras_pod.experiments.compare.results import Results
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder
from keras_pod.experiments.run.settings import Settings

resource = pytest.importorskip("resource", reason="files have no limit there")


@contextlib.contextmanager
def files_of_at_most(size):
    """A write of more bytes fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_leaves_every_kind_of_file_whole(tmp_path):
    folder, results = RunFolder(tmp_path), Results(tmp_path, "jax")
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(40)])
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    record = {"settings": vars(Settings()), "backend": "jax"}
    record |= {"history": {"seconds": [1.0] * 200}}
    row = dict.fromkeys(HISTORY_COLUMNS, 0.5)
    weights, saved = tmp_path / "a.weights.h5", folder.checkpoints / "epoch-000001"

    def write(path, save):
        write_whole(path, lambda beside: write_model(beside, save))

    writers = {
        "model.keras": lambda: write(folder.model, model.save),
        "a.weights.h5": lambda: write(weights, model.save_weights),
        "history.csv": lambda: folder.write_history([row] * 50),
        "run.json": lambda: folder.write_json({"data": {"name": "a" * 2000}}),
        "results.jsonl": lambda: results.add(record),
        "epoch-000001": lambda: checkpoint.write(saved, model, {"epochs_done": 1}),
    }
    folder.checkpoints.mkdir()

    def content():
        files = [f for f in tmp_path.rglob("*") if f.is_file()]
        return {f: f.read_bytes() for f in files if ".lock" not in f.name}

    for write_one in writers.values():
        write_one()
    before = content()
    for name, write_one in writers.items():
        with files_of_at_most(1000), pytest.raises(OSError, match=name):
            write_one()
        assert content() == before, name
    checkpoint.read(saved)
