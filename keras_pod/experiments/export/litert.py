"""LiteRT, formerly TensorFlow Lite, for phones and small devices."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_pod.experiments.export.served import Served

NAME = "model.tflite"
BACKENDS = ("tensorflow",)


def packages(backend: str) -> list[str]:
    """The package that runs the result; TensorFlow converts."""
    return ["ai_edge_litert"]


def write(served: Served, path: Path) -> None:
    """Writes the file: signature `serve`, from `images` to the outputs of `Served`.

    Where LiteRT keeps labels, in a zip archive at the end of the file, it has
    labels.txt and about.json.
    """
    served.export(
        os.fspath(path),
        format="litert",
        verbose=False,
        input_signature=[served.input_spec_of_images],
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "\n".join(served.class_names) + "\n")
        archive.writestr("about.json", served.about_json())


def load(path: Path) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """The file's function from images to named outputs."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(os.fspath(path))
    serve = interpreter.get_signature_runner()
    return lambda images: serve(images=images.astype("float32"))
