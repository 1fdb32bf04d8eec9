"""What a search tells of the trials that ended."""

import io

from rich.console import Console

from keras_pod.experiments.tune.records import Trials
from keras_pod.experiments.tune.trials_progress import SearchWatch
from tests.experiments.tune.test_ranking import RECORDS


def test_each_layout_of_centroids_is_told_once(tmp_path):
    console = Console(file=io.StringIO(), width=120)
    lines = ["centroids: 3 x 8", "centroids: 3 x 8", "centroids: 3 x 16", None]
    with SearchWatch(tmp_path, ["lam"], [1] * 4, console, lambda _: None, every=1e3):
        for trial, line in enumerate(lines):
            record = {k: v for k, v in RECORDS[1].items() if k != "trial"}
            record |= {"centroids": line} if line else {}
            Trials(tmp_path).add(f"000{trial}", record)
    told = [line for line in console.file.getvalue().splitlines() if line][1:]
    lengths = [len(lines[0]), 4, 4, len(lines[2]), 4, 4]
    assert [line[:n] for line, n in zip(told, lengths, strict=True)] == [
        lines[0],
        "1/4 ",
        "2/4 ",
        lines[2],
        "3/4 ",
        "4/4 ",
    ]
