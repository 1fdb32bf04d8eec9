"""What importing the package brings in, and that the library half stays a library."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "keras_pod"
LIBRARY = ["centroids", "numerics", "classifier", "optimizers", "layers", "losses"]
LIBRARY += ["classifier_checks", "callbacks", "models", "arguments", "distances"]
LIBRARY += ["replicas", "disk"]


def library_files():
    for name in LIBRARY:
        yield from (PACKAGE / name).glob("*.py")
        if (PACKAGE / f"{name}.py").exists():
            yield PACKAGE / f"{name}.py"


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", list(library_files()), ids=lambda path: path.stem)
def test_the_library_half_needs_keras_and_numpy_only(path):
    outside = {name.split(".")[0] for name in imported(path)}
    outside -= set(sys.stdlib_module_names) | {"keras", "numpy", "keras_pod"}
    if path.stem == "replicas":
        # Keras has no functions for what it says; it says more.
        outside -= {"tensorflow", "jax"}
    assert outside == set()
    inside = {n.split(".")[1] for n in imported(path) if n.startswith("keras_pod.")}
    assert inside <= {*LIBRARY, "errors"}


def test_import_brings_in_nothing_heavy():
    code = """
import sys, keras
before = set(sys.modules)
import keras_pod
print(sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    brought = set(ast.literal_eval(done.stdout)) - set(sys.stdlib_module_names)
    assert brought == {"keras_pod"}


def test_data_and_methods_are_there_when_used():
    code = """
import keras_pod, sys
assert {"analysis", "data", "evaluation", "layers", "tuning"} <= set(dir(keras_pod))
assert "keras_pod.data" not in sys.modules
assert keras_pod.data.load("digits").num_classes == 10
assert "pod" in keras_pod.methods.METHODS
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_command_does_not_load_keras_for_help():
    code = """
import runpy, sys
sys.argv = ["keras-pod", "--help"]
try:
    from keras_pod.cli import main
    main()
except SystemExit as end:
    assert end.code == 0
    assert "keras" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_files_hold_one_idea():
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 330, path
