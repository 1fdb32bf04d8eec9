"""The trials that ended: their order, and the progress that is told of them."""

import io

from rich.console import Console

from keras_pod.experiments.tune.records import SearchWatch, Trials, ranked
from tests.experiments.tune.test_ranking import RECORDS


def test_ranked():
    # Equal at the end: the one that was better before.
    assert [r["trial"] for r in ranked(RECORDS)] == ["3", "0", "2", "1"]


def test_trials_and_each_layout_of_centroids_once_are_told(tmp_path):
    console = Console(file=io.StringIO(), width=120)
    layouts = ["centroids: 3 x 8", "centroids: 3 x 8", "centroids: 3 x 16", None]
    with SearchWatch(tmp_path, ["lam"], [3] * 4, console, lambda _: None):
        for record, layout in zip(RECORDS, layouts, strict=True):
            kept = {k: v for k, v in record.items() if k != "trial"}
            kept |= {"centroids": layout} if layout else {}
            Trials(tmp_path).add(record["trial"], kept)
    lines = [line for line in console.file.getvalue().splitlines() if line]
    told = [line.partition(";")[0] for line in lines]
    lost = "failed, TrainingDiverged: the loss became nan"
    assert told == [
        "4 trials, 12 epochs, over lam",
        layouts[0],
        "1/4  trial 0, lam 1: 80.00%, 3 s",
        f"2/4  trial 1, lam 900: {lost}",
        layouts[2],
        "3/4  trial 2, lam 3.2: 70.00%, 3 s",
        "4/4  trial 3, lam 0.1: 80.00%, 3 s",
    ]
    assert "3 s; best 80.00% (trial 3)" in console.file.getvalue()
