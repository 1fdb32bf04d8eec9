"""The ranked table and the command of the best, from records alone."""

import csv
import dataclasses
import io
import shlex

from rich.console import Console

from keras_pod.experiments.cli.main import _parser
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.tune.ranking import Ranking, train_line
from tests.experiments.records import record

BASE = Settings(epochs=3, validation_split=0.2).resolve(10)


def trial(number, end, **options):
    settings = dataclasses.replace(BASE, options=BASE.options | options)
    return record(settings, end, trial=str(number), epochs=3)


RECORDS = [
    trial(0, [0.2, 0.3, 0.75]),
    trial(1, "TrainingDiverged: the loss became nan", lam=900.0),
    trial(2, [0.3, 0.9, 0.7], lam=3.2),
    trial(3, [0.2, 0.5, 0.8], lam=0.1, alpha=0.0),
]


def test_tables_and_picture(tmp_path):
    ranking = Ranking(RECORDS, BASE, ["alpha", "lam"])
    ranking.write(tmp_path)
    console = Console(file=io.StringIO(), width=200)
    ranking.show(tmp_path, console)
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == ["3", "0", "2", "1"]
    assert [row["lam"] for row in rows] == ["0.1", "1.0", "3.2", "900.0"]
    assert "nan" in rows[-1]["failed"]
    text = (tmp_path / "table.md").read_text()
    assert "| 3 | 2 | 0.01 | 3.2 | 70.00 | 90.00 (2) |" in text
    assert "20% of the training images" in text
    assert "Trial 0 has the defaults" in text
    assert "pod:alpha=0.0:lam=0.1" in text
    assert (tmp_path / "search.png").stat().st_size > 5000
    for shown in (text, console.file.getvalue()):
        assert "failed: TrainingDiverged: the loss became nan" in shown


def test_the_line_gives_the_same_settings():
    settings = Settings(
        data="a folder",
        loss="rbf-softmax",
        options={"scale": 7.25, "gamma": 2.5},
        dim=48,
        lr=0.3,
        nesterov=True,
        precision="mixed_bfloat16",
        epochs=5,
        limit=100,
        validation_split=0.2,
        seed=4,
    ).resolve(10)
    command, *words = shlex.split(train_line(settings, "runs/the best"))
    assert command == "keras-pod"
    arguments = vars(_parser().parse_args(words))
    assert arguments["out"] == "runs/the best"
    assert arguments["loss"] == "rbf-softmax:scale=7.25:gamma=2.5"
    for name in ("data", "dim", "lr", "nesterov", "precision", "epochs"):
        assert arguments[name] == getattr(settings, name)
    # All training images, judged on the test images.
    for name in ("limit", "validation_split", "seed"):
        assert arguments[name] is None
