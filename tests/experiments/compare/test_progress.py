import io
import time

import keras
from rich.console import Console

from keras_pod.experiments.compare.progress import Watch
from keras_pod.experiments.compare.results import Results, folder_of
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS
from tests.experiments.records import plan, record


def test_epochs_under_way_and_all_of_a_failed_run_are_gone(tmp_path):
    made, backend = plan("softmax", "pod", seeds=1), keras.backend.backend()
    console = Console(file=io.StringIO(), width=100)
    results = Results(tmp_path / "results.jsonl", backend)
    failed, going_on = made.todo([])
    seen = []
    with Watch(made, results, tmp_path, console, 2, seen.append) as watch:
        results.add(record(failed, "diverged"))
        rows = [dict.fromkeys(HISTORY_COLUMNS, 0.5)] * 3
        folder_of(tmp_path, going_on, backend).write_history(rows)
        for _ in range(600):
            if watch.bar.tasks[0].completed == 7:
                break
            time.sleep(0.1)
        assert (watch.bar.tasks[0].completed, watch.bar.tasks[0].total) == (7, 8)
    assert [len(records) for records in seen] == [1]
    told = [line for line in console.file.getvalue().splitlines() if line]
    assert told[0] == "2 runs, 8 epochs; 2 at a time"
    assert told[1].startswith("1/2  softmax seed 0: failed, diverged")
    assert len(told) == 2


def test_a_file_that_cannot_be_read_for_a_while_stops_nothing(tmp_path):
    console = Console(file=io.StringIO(), width=100)
    results = Results(tmp_path / "results.jsonl", keras.backend.backend())
    with Watch(plan("pod"), results, tmp_path, console, 1):
        results.path.write_text("{")
        for _ in range(600):
            if "no progress: " in console.file.getvalue():
                break
            time.sleep(0.1)
        results.path.unlink()
    assert "line 1, is not a run" in console.file.getvalue()
