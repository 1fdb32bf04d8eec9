"""Importing the package brings in little, and the library half stays a library."""

import ast
import collections
import os
import re
import sys
from pathlib import Path

import keras
import keras_tuner
import pytest

from tests.processes import run

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "keras_pod"
# The half that needs Keras and NumPy only; the application is in `experiments`.
LIBRARY = ["core", "centroids", "layers", "losses", "callbacks", "models"]
LIBRARY += ["classifier", "optimizers", "methods"]
# These bring more, but nothing of the application.
BESIDE = ["analysis", "data", "evaluation", "distribution"]


def files(names):
    for name in names:
        if (PACKAGE / f"{name}.py").exists():
            yield PACKAGE / f"{name}.py"
        else:
            found = [*(PACKAGE / name).rglob("*.py")]
            assert found, name
            yield from found


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            if node.module == "keras_pod":
                yield from (f"keras_pod.{alias.name}" for alias in node.names)


def own(path):
    """The rooms of the package that a file imports from."""
    return {n.split(".")[1] for n in imported(path) if n.startswith("keras_pod.")}


def test_rooms_know_those_below_them_only():
    for path in files(LIBRARY):
        outside = {name.split(".")[0] for name in imported(path)}
        outside -= set(sys.stdlib_module_names) | {"keras", "numpy", "keras_pod"}
        if path.stem == "replicas":
            # Keras has no functions for what it says; it says more.
            outside -= {"tensorflow", "jax"}
        assert outside == set(), path
        assert own(path) <= set(LIBRARY), path
    for path in files(BESIDE):
        assert own(path) <= {*LIBRARY, *BESIDE}, path
    assert {name for path in files(["core"]) for name in own(path)} == {"core"}
    doors = {"__init__", "__main__", "_version", "export", "tuning"}
    rooms = {p.stem for p in PACKAGE.glob("*.py")}
    rooms |= {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert rooms == {*LIBRARY, *BESIDE, *doors, "experiments"}


ALONE = """
import sys
from importlib.machinery import PathFinder

class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] not in {hidden!r}:
            return super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
import keras, numpy as np

before = set(sys.modules)
import keras_pod

brought = {{name.split(".")[0] for name in set(sys.modules) - before}}
assert brought - set(sys.stdlib_module_names) == {{"keras_pod"}}, brought
assert {{"analysis", "data", "evaluation", "layers", "tuning"}} <= set(dir(keras_pod))
assert "keras_pod.data" not in sys.modules
assert keras.backend.backend() == {backend!r}
assert keras_pod.models.resnet8((8, 8, 1)).output_shape == (None, 64)
x = np.random.default_rng(0).normal(size=(16, 5)).astype("float32")
model = keras_pod.Classifier.from_backbone(
    keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, "relu")]),
    keras_pod.layers.PEDCC(4), 16, "batch_norm",
)
model.compile(keras_pod.optimizers.L2SGD(0.1), keras_pod.losses.pod())
history = model.fit(x, np.arange(16) % 4, batch_size=16, verbose=0)
assert np.isfinite(history.history["loss"]).all()
assert keras_pod.methods.get("arcface").build(4, 0)
print(sorted(set(sys.modules) & {hidden!r}))
"""


def python(code):
    return run("tensorflow", "-c", code)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_library_half_needs_no_other_backend_and_brings_in_nothing(backend):
    others = {"tensorflow", "jax", "torch"} - {backend}
    assert run(backend, "-c", ALONE.format(hidden=others, backend=backend)) == "[]\n"


def test_data_and_the_doors_to_the_application_are_modules():
    python("""
import sys
import keras_pod
keras_pod.data
assert not {"tensorflow_datasets", "sklearn.datasets"} & set(sys.modules)
assert keras_pod.data.load("digits").num_classes == 10
import keras_pod.export as export, keras_pod.tuning as tuning
assert (export.__name__, tuning.__name__) == ("keras_pod.export", "keras_pod.tuning")
assert "onnx" in keras_pod.export.FORMATS
assert keras_pod.tuning.hypermodel
""")


def test_the_command_does_not_load_keras_for_help():
    python("""
import sys
sys.argv = ["keras-pod", "--help"]
try:
    from keras_pod.experiments.cli.main import main
    main()
except SystemExit as end:
    assert end.code == 0
    assert "keras" not in sys.modules
""")


def private(*places):
    return {n for p in places for n in dir(p) if re.fullmatch("_[a-z]\\w*", n)}


def test_private_names_of_keras_are_listed_with_why():
    used, own = set(), set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                own.add(node.name)
            elif isinstance(node, ast.Attribute):
                (used if isinstance(node.ctx, ast.Load) else own).add(node.attr)
    used = {name for name in used if re.fullmatch(r"_[a-z]\w*", name)}
    # A private method of Keras that a subclass replaces is of both; the names that
    # `Callback` and `Tuner` have are too plain to tell from ours.
    replaced = private(keras.Model, keras.Loss, keras_tuner.Oracle)
    # Everybody has these.
    public = private(collections.namedtuple("Any", ""), os)
    names = (used - own | used & replaced) - public
    names |= {n for p in PACKAGE.rglob("*.py") for n in imported(p) if ".src." in n}
    page = (ROOT / "CONTRIBUTING.md").read_text().partition("## Private names")[2]
    spans = set(re.findall("`([^`]+)`", page))
    listed = spans | {span.rpartition(".")[2] for span in spans}
    assert {"_compile_metrics", "_keras_history", "_flatten_layers"} <= names
    assert names - listed == set()


def test_files_hold_one_idea():
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 330, path
