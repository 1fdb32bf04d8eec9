"""ONNX, for onnxruntime and others."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod.experiments.export.served import Served

NAME = "model.onnx"
BACKENDS = ("tensorflow", "jax", "torch")
_CONVERTERS = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnxscript"}


def packages(backend: str) -> list[str]:
    """The converter of Keras for that backend, and what the result is run with."""
    return ["onnx", "onnxruntime", _CONVERTERS[backend]]


def write(served: Served, path: Path) -> None:
    """Writes the file: input `images`, the outputs of `Served` by their names.

    Its metadata hold what `Served.about` says, each entry as JSON.
    """
    import onnx

    served.export(
        os.fspath(path),
        format="onnx",
        verbose=False,
        input_signature=[served.input_spec_of_images],
    )
    model = onnx.load(path)
    _name_outputs(model.graph, served.names)
    onnx.helper.set_model_props(
        model, {name: json.dumps(value) for name, value in served.about.items()}
    )
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _name_outputs(graph: Any, names: list[str]) -> None:
    """Gives the outputs their names, which converters for JAX and torch lose."""
    import onnx

    for output, name in zip(graph.output, names, strict=True):
        if output.name != name:
            graph.node.append(onnx.helper.make_node("Identity", [output.name], [name]))
            output.name = name


def load(path: Path) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """The file's function from images to named outputs, on a CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        os.fspath(path), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        found = session.run(names, {"images": images.astype("float32")})
        return dict(zip(names, found, strict=True))

    return run
