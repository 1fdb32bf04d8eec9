"""Files that cannot be read, and odd names; `test_main.py` has the usual ones."""

import json

import keras
import pytest
from PIL import Image

from keras_pod import Classifier
from keras_pod.experiments.after import predict as module
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.cli import main as cli

NAMES = ["[red]", ":cat:", r"\x1b[2J"]


@pytest.fixture
def images(tmp_path, monkeypatch):
    """A folder with three images and two files that are none; and a run."""
    body = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten()])
    model = Classifier.from_backbone(body, keras.layers.Dense(3), 5)
    data = {"image_shape": [4, 4, 3], "class_names": NAMES}
    run = Trained(model, {"loss": "softmax"}, data)
    monkeypatch.setattr(module, "load_trained", lambda _: run)
    monkeypatch.setattr(module, "FILES_AT_ONCE", 2)
    folder = tmp_path / "images"
    folder.mkdir()
    for i, name in enumerate(("a.png", "c.webp", "\x1b[2Jd.png")):
        Image.new("RGB", (6, 5), (60 * i, 0, 200)).save(folder / name)
    (folder / "b.png").write_bytes(b"no image")
    (folder / "e.jpg").write_bytes(b"")
    return folder


def run_command(*words):
    return cli.main(["predict", "run", *map(str, words)])


def test_the_others_are_classified(images, capsys):
    assert run_command(images, "--json") == 1
    out, err = capsys.readouterr()
    rows = {row["path"].rsplit("/", 1)[1]: row for row in json.loads(out)}
    assert list(rows) == ["\x1b[2Jd.png", "a.png", "b.png", "c.webp", "e.jpg"]
    for name, row in rows.items():
        if name in ("b.png", "e.jpg"):
            assert set(row) == {"path", "error"} and row["error"] in err
        else:
            assert row["class"] in NAMES and 0 < row["probability"] <= 1
    alone = module.predict("run", [images / "c.webp"])[0]
    assert alone["class"] == rows["c.webp"]["class"]
    assert alone["probability"] == pytest.approx(rows["c.webp"]["probability"])
    # Nothing is shown where no file can be read.
    assert run_command(images / "b.png", images / "e.jpg") == 1
    out, err = capsys.readouterr()
    assert not out and len(err.splitlines()) == 2


def test_the_table_shows_names_as_they_are(images, capsys):
    assert run_command(images / "a.png", images / "\x1b[2Jd.png") == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out and rf"{images}/\x1b[2Jd.png" in out and not err
    (row,) = module.predict("run", [images / "a.png"])
    module.show([row | {"class": name} for name in NAMES])
    out = capsys.readouterr().out
    assert all(name in out for name in NAMES)
