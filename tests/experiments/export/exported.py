"""Small finished runs to export, and a process that has only TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from rich.console import Console

from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train
from tests.experiments.conftest import save_squares


def finished(folder: Path, **settings) -> Path:
    """A run that was trained on the squares for an epoch."""
    data = str(save_squares(folder / "squares.npz"))
    chosen = {"backbone": "resnet8-4", "dim": 8, "batch_size": 120, "epochs": 1}
    train(Settings(data=data, **chosen | settings), folder / "run", Console(quiet=True))
    return folder / "run"


_ALONE = """
import sys
for name in ("keras", "keras_pod", "jax", "torch"):
    sys.modules[name] = None
import json
import numpy as np
import tensorflow as tf

folder, inputs, files = sys.argv[1], np.load(sys.argv[2]), sys.argv[3:]
loaded = tf.saved_model.load(folder)

def shown(out):
    shown = {}
    for name, value in out.items():
        values = value.numpy().tolist()
        strings = value.dtype == tf.string
        shown[name] = [v.decode() for v in values] if strings else values
    return shown

signatures = loaded.signatures
pixels = tf.constant(inputs, tf.float32)
answers = {
    "class_names": [name.decode() for name in loaded.class_names.numpy()],
    "serve": shown(loaded.serve(tf.constant(inputs, tf.uint8))),
    "dtypes": {k: v.dtype.name for k, v in loaded.serve(pixels).items()},
    "serving_default": shown(signatures["serving_default"](images=pixels)),
}
if files:
    read = tf.constant([open(path, "rb").read() for path in files])
    answers["serving_bytes"] = shown(signatures["serving_bytes"](image_bytes=read))
    answers["image_size"] = shown(signatures["image_size"](image_bytes=read))
print(json.dumps(answers))
"""


def served_alone(
    folder: Path, images: np.ndarray, inputs: Path, files: list[Path]
) -> dict:
    """The answer of a SavedModel where there is neither Keras nor keras_pod."""
    np.save(inputs, images)
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, folder, inputs, *files],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
