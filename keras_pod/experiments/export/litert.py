"""LiteRT, formerly TensorFlow Lite, for phones and small devices."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_pod.experiments.export.served import Served

NAME = "model.tflite"
# It runs the result; TensorFlow converts.
PACKAGES = {"tensorflow": ("ai_edge_litert",)}


def write(served: Served, path: Path) -> None:
    """Write the file: signature `serve`, from `images` to the outputs of `Served`.

    It has labels.txt where LiteRT keeps it: in a zip archive at the end of the file.
    """
    served.export_as("litert", path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "\n".join(served.class_names) + "\n")


def load(path: Path) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """The file's function from images to named outputs."""
    from ai_edge_litert.interpreter import Interpreter

    serve = Interpreter(os.fspath(path)).get_signature_runner()
    return lambda images: serve(images=images.astype("float32"))
