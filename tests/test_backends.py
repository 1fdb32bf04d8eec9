"""The numeric tests once more on each other backend, in a process of its own."""

import functools
import getpass
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parents[1]
NUMERIC = [
    "tests/core/test_numerics.py",
    "tests/core/test_distances.py",
    "tests/classifier/test_model.py",
    "tests/test_compilation.py",
    "tests/test_optimizers.py",
    "tests/layers",
    "tests/losses",
]
# They train many small models, which takes XLA minutes to compile.
REST = ["tests/callbacks", "tests/classifier", "tests/evaluation/test_in_model.py"]
REST += ["tests/data/test_epochs.py"]
METHODS = ["tests/methods/test_methods.py", "tests/test_properties.py"]
KILLS = ["tests/experiments/run/test_kill.py::test_a_kill"]
slow = functools.partial(pytest.param, marks=pytest.mark.slow)
# What XLA has compiled is kept for the next time: thousands of programs that run once.
CACHE = Path(tempfile.gettempdir()) / f"keras-pod-tests-{getpass.getuser()}"
OPTIONS = {
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "JAX_COMPILATION_CACHE_DIR": str(CACHE),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


RUNS = [
    pytest.param(NUMERIC, "not slow", id="numerics"),
    slow(NUMERIC, "slow", id="slow numerics"),
    slow(REST, "slow or not slow", id="rest"),
    slow(["tests/models"], "not slow", id="networks"),
    slow(["tests/models/test_backbone.py"], "slow", id="slow networks"),
    slow(METHODS, "slow or not slow", id="methods"),
    slow(KILLS, "not slow", id="kills"),
]


@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize(("tests", "marks"), RUNS)
def test_on(backend, tests, marks):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("started from the TensorFlow run only")
    if importlib.util.find_spec(backend) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{backend} is not installed")
        pytest.skip(f"{backend} is not installed")
    options = ["-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", marks, *options, *tests],
        cwd=ROOT,
        env=os.environ | OPTIONS | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    print(done.stdout.splitlines()[-1])
