"""Files that cannot be written: what was there stays, and the error is said."""

import sys

import pytest

from tests import processes

# Writes every kind of file, then once more in a process whose files may have 1,000
# bytes: a write fails there as it does on a full disk.
PROGRAM = """
import pathlib, sys
import keras
import numpy as np
import resource

from keras_pod.callbacks.resuming import checkpoint
from keras_pod.core.disk import write_model, write_whole
from keras_pod.experiments.compare.results import Results
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder
from keras_pod.experiments.run.settings import Settings

path = pathlib.Path(sys.argv[1])
folder, results = RunFolder(path), Results(path, "tensorflow")
model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(40)])
model.compile("sgd", "mse")
model.optimizer.build(model.trainable_variables)
record = {"settings": vars(Settings()), "backend": "tensorflow"}
record |= {"history": {"seconds": [1.0] * 200}}
row = dict.fromkeys(HISTORY_COLUMNS, 0.5)


def saved(path, save):
    write_whole(path, lambda beside: write_model(beside, save))


writers = {
    "model.keras": lambda: saved(folder.model, model.save),
    "a.weights.h5": lambda: saved(path / "a.weights.h5", model.save_weights),
    "history.csv": lambda: folder.write_history([row] * 50),
    "run.json": lambda: folder.write_json({"data": {"name": "a" * 2000}}),
    "results.jsonl": lambda: results.add(record),
    "checkpoints/epoch-000001": lambda: checkpoint.write(
        folder.checkpoints / "epoch-000001", model, {"epochs_done": 1}
    ),
}
folder.checkpoints.mkdir()


def content():
    files = [f for f in path.rglob("*") if f.is_file() and ".lock" not in f.name]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


for write in writers.values():
    write()
before = content()
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for name, write in writers.items():
    try:
        write()
    except OSError as error:
        assert name in str(error), error
    else:
        raise AssertionError(f"{name} was written")
    assert content() == before, name
checkpoint.read(folder.checkpoints / "epoch-000001")
print("all whole")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="files have no limit there")
def test_a_write_that_fails_leaves_every_kind_of_file_whole(tmp_path):
    assert "all whole" in processes.run("tensorflow", "-c", PROGRAM, str(tmp_path))
