"""What the README says holds: its example runs, its commands and figures are true."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_example_runs_as_it_stands(tmp_path, monkeypatch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("exports a SavedModel")
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(code.strip().splitlines()) <= 15
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["out"]["logits"].shape == (5, 10)
    import tensorflow as tf

    model = tf.saved_model.load("served")
    served = model.serve(tf.constant(names["x"][:5], "float32"))
    assert set(served) == {"logits", "features"}


@pytest.mark.parametrize(
    "line", re.findall(r"^\$ (keras-pod .*)$", README, re.MULTILINE)
)
def test_command_lines_are_understood(line):
    from keras_pod.cli import _parser

    _parser().parse_args(shlex.split(line, comments=True)[1:])


def test_figures_are_those_of_the_results():
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "find_recipe.py", "readme", "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pictures_and_files_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target
