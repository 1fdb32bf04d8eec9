"""The README is true: its examples run, its commands and figures hold."""

import configparser
import re
import shlex
from pathlib import Path

import keras
import pytest

import keras_pod

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
RESULTS = ROOT / "examples" / "results"
# Folders that each build of the documentation writes.
BUILT = ("api", "methods")
PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if p.parent.name not in BUILT)
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
URL = SETUP["metadata"]["url"]

# The mark of a copied table, and the folder of results that it is copied from.
COPIED = {
    "fashion": "compare-fashion-mnist",
    "glyphs": "compare-glyphs100",
    "resnet8": "compare-glyphs100-resnet8",
    "resnet20": "compare-glyphs100-resnet20",
    "epochs30": "compare-glyphs100-30-epochs",
    "fashion60000": "compare-fashion-mnist-60000",
    "fashion60000-resnet8": "compare-fashion-mnist-60000-resnet8",
    "fashion30": "compare-fashion-mnist-30-epochs",
    "mnist": "compare-mnist10k",
    "unseen": "compare-unseen",
    "balanced": "compare-unseen-balanced",
    "exponent": "exponent-glyphs100",
    "relatives": "compare-relatives",
    "imbalance": "compare-imbalance",
    "table-iv": "compare-table-iv-30-epochs",
    "letters": "compare-letters",
    "features": "features-digits",
    "bench": "bench/tensorflow-losses",
    "scaling": "bench/scaling",
}


def test_the_examples_run_as_they_stand(tmp_path, monkeypatch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("exports a SavedModel")
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    monkeypatch.chdir(tmp_path)
    names = {}
    keras.utils.set_random_seed(0)
    for code in blocks:
        exec(compile(code, "README.md", "exec"), names)
        images, labels = names["x_test"], names["y_test"]
        found = names["model"].evaluate(images, labels, verbose=0, return_dict=True)
        assert found["accuracy"] > 0.9
    assert names["out"]["logits"].shape == (450, 10)
    import tensorflow as tf

    model = tf.saved_model.load("served")
    served = model.serve(tf.constant(images[:5], "float32"))
    assert set(served) == {"logits", "features"}


def test_the_losses_and_heads_of_the_table_exist():
    table = README.partition("### Which loss, which head")[2].partition("\n\n##")[0]
    names = set(re.findall(r"`(?:losses\.)?([A-Za-z_]+)(?:\(|`)", table))
    assert {"pod", "ArcFaceLoss", "CosineDense", "PEDCC"} <= names
    known = (keras_pod, keras_pod.losses, keras_pod.layers, keras_pod.callbacks)
    assert [n for n in names if not any(hasattr(place, n) for place in known)] == []


def rows(page, part):
    """The rows of a table between its two marks, without its head."""
    between = page.partition(f"<!-- {part}: begin -->\n")[2]
    return between.partition(f"<!-- {part}: end -->")[0].splitlines()[2:]


def copied():
    """Each table that a page copies from results: page, mark and folder."""
    for page in (ROOT / "README.md", *PAGES):
        for part, folder in COPIED.items():
            if f"<!-- {part}: begin -->" in page.read_text():
                yield pytest.param(page, part, folder, id=f"{page.stem}-{part}")


@pytest.mark.parametrize(("page", "part", "folder"), copied())
def test_copied_rows_are_those_of_the_results(page, part, folder):
    printed = (RESULTS / folder / "table.md").read_text().splitlines()
    found = rows(page.read_text(), part)
    assert found and set(found) <= set(printed)


@pytest.mark.parametrize(
    "line",
    [
        line
        for page in (README, *(page.read_text() for page in PAGES))
        for line in re.findall(r"^\$ (keras-pod .*)$", page, re.MULTILINE)
    ],
)
def test_command_lines_are_understood(line):
    from keras_pod.experiments.cli.main import _parser

    _parser().parse_args(shlex.split(line, comments=True)[1:])


def test_the_rates_are_those_of_the_methods():
    page = (ROOT / "docs" / "optimisers.md").read_text()
    lines = [
        f"| {m.name} | {m.neck or 'none'} | {m.learning_rate:g}, {m.l2:g} | "
        f"{m.adamw[0]:g}, {m.adamw[1]:g} |"
        for m in keras_pod.methods.METHODS.values()
    ]
    assert rows(page, "rates") == lines


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "examples" / "README.md", *PAGES],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_pictures_and_files_exist(page):
    # Formulas have brackets too.
    text = re.sub(r"`[^`]*`", "", page.read_text())
    for target in re.findall(r"\]\(([^)#]+)[)#]", text):
        here = re.sub(rf"^{URL}/(blob|raw|tree)/main/", f"{ROOT}/", target)
        if "://" not in here:
            assert (page.parent / here).exists(), target


def test_links_of_the_readme_work_on_pypi():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert len(targets) > 10
    assert [target for target in targets if not target.startswith("https://")] == []
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures and all(p.startswith(f"{URL}/raw/main/") for p in pictures)
