"""The memory and exchange of a step, by classes and layout over devices (JAX).

XLA's own account of the compiled training step is read; nothing is timed, since parts
of one CPU stand in for the devices. Each layout is compiled in a process of its own:

    KERAS_BACKEND=jax python -m benchmarks.scaling
    KERAS_BACKEND=jax python -m benchmarks.scaling --classes 1000,100000 --devices 16
"""

import argparse
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_pod
from benchmarks import report
from benchmarks.process import output
from benchmarks.report import Section, megabytes

LAYOUTS = ("one", "data", "classes")
METHODS = ("softmax", "arcface", "pod")
_BYTES = {"f32": 4, "s32": 4, "u32": 4, "bf16": 2, "f16": 2, "pred": 1, "s64": 8}
_COLLECTIVES = r"(?:all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)"
_OPERATION = re.compile(rf"= (.*?) {_COLLECTIVES}(?:-start)?\(")
_SHAPE = re.compile(r"([a-z]+[0-9]*)\[([0-9,]*)\]")


def measure(
    method: str, layout: str, classes: int, devices: int, dim: int, batch: int
) -> dict[str, float]:
    """Bytes that a device holds, works in and exchanges in a step, and its flops.

    Args:
        method: one of `METHODS`.
        layout: "one" device; "data" is parts of the batch, everything else on every
            device; "classes" is parts of the class vectors, the batch on every device.
        classes: k.
        devices: how many there are, but for "one".
        dim: n, the size of the features.
        batch: images of a step, on all devices together.
    """
    import jax

    # The kernel of a dense layer is (n, k), those of heads are (k, n).
    vectors = (None, "classes") if method == "softmax" else ("classes", None)
    _distribute(layout, devices, vectors)
    rng = np.random.default_rng(0)
    model = _model(method, classes, dim, rng)
    x = rng.normal(size=(batch, dim)).astype("float32")
    y = rng.integers(classes, size=batch)
    model.train_on_batch(x, y)
    state = tuple(
        [variable.value for variable in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
    )
    distribution = keras.distribution.distribution()
    if distribution is not None:
        x, y = (
            jax.device_put(
                part, distribution.get_data_layout(part.shape).backend_layout
            )
            for part in (x, y)
        )
    compiled = (
        jax.jit(model.train_step, donate_argnums=0).lower(state, (x, y)).compile()
    )
    memory = compiled.memory_analysis()
    return {
        "held": memory.argument_size_in_bytes,
        "working": memory.temp_size_in_bytes,
        "exchanged": exchanged_bytes(compiled.as_text()),
        "flops": compiled.cost_analysis()["flops"],
    }


def _distribute(layout: str, devices: int, vectors: tuple) -> None:
    import jax

    if layout == "one":
        return
    jax.config.update("jax_num_cpu_devices", devices)
    parts = (devices, 1) if layout == "data" else (1, devices)
    grid = keras.distribution.DeviceMesh(parts, ("batch", "classes"))
    layouts = keras.distribution.LayoutMap(grid)
    # By weight path; the momentum of a weight follows it.
    layouts["logits/kernel"] = layouts[".*logits_kernel.*"] = vectors
    layouts["logits/centroids"] = vectors
    keras.distribution.set_distribution(
        keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    )


def _model(method: str, classes: int, dim: int, rng: Any) -> Any:
    if method == "pod":
        centroids = rng.normal(size=(classes, dim)).astype("float32")
        head = keras_pod.layers.PEDCC(classes, centroids=centroids, name="logits")
        loss = keras_pod.losses.pod()
    else:
        head, loss = keras_pod.methods.get(method).build(classes, 0)
    inputs = keras.Input((dim,))
    model = keras_pod.Classifier.from_backbone(
        keras.Model(inputs, keras.layers.Dense(dim, "relu")(inputs)), head, dim
    )
    # No metrics: accuracy would need every score.
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss)
    return model


def exchanged_bytes(program: str) -> int:
    """The bytes that the collective operations of an XLA program give a device.

    >>> exchanged_bytes("a = f32[8,4]{1,0} all-reduce(b), channel_id=1")
    128
    """
    return sum(
        _BYTES.get(kind, 4) * math.prod(int(side) for side in sides.split(",") if side)
        for result in _OPERATION.findall(program)
        for kind, sides in _SHAPE.findall(result)
    )


def table(
    classes: Sequence[int], devices: int, dim: int, batch: int, console: Any = None
) -> Section:
    """A row for every method, number of classes and layout."""
    columns = ("classes", "loss", "layout", "held", "working", "exchanged", "flops")
    title = f"A training step on each of {devices} devices, batch {batch}, n = {dim}"
    section = Section("scaling", title, columns)
    for k in classes:
        for method in METHODS:
            for layout in LAYOUTS:
                if console is not None:
                    console.print(f"{k:,} classes, {method}, {layout} ...", style="dim")
                found = _in_a_process(method, layout, k, devices, dim, batch)
                sizes = (
                    megabytes(found[name]) for name in ("held", "working", "exchanged")
                )
                cells = (f"{k:,}", method, layout, *sizes, f"{found['flops']:.3g}")
                section.add(cells, classes=k, method=method, layout=layout, **found)
    return section


def _in_a_process(*arguments: str | int) -> dict[str, float]:
    one = json.dumps(arguments)
    jax = {"KERAS_BACKEND": "jax"}
    found = output("benchmarks.scaling", "--one", one, environment=jax)
    return json.loads(found.splitlines()[-1])


def main(arguments: list[str] | None = None) -> None:
    """Prints the table and writes it to a folder, if one is given."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling", description=__doc__.split(":\n")[0]
    )
    parser.add_argument("--classes", default="1000,10000,100000", help="with commas")
    parser.add_argument("--devices", type=int, default=8)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--out", type=Path, help="folder for table.md, results.json")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(measure(*json.loads(given.one))))
        return
    if keras.backend.backend() != "jax":
        parser.error("it is about JAX: set KERAS_BACKEND=jax")
    console = report.console()
    classes = [int(count) for count in given.classes.split(",")]
    section = table(classes, given.devices, given.dim, given.batch, console)
    report.show(section, console)
    if given.out:
        shown = [f"--classes {given.classes}", f"--devices {given.devices}"]
        how = {"program": "benchmarks.scaling", "arguments": shown}
        report.write([section], report.machine(), how, given.out)


if __name__ == "__main__":
    main()
