import io
import time

from rich.console import Console

from keras_pod.experiments.compare.progress import Watch
from keras_pod.experiments.compare.results import Results, folder_of
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS
from tests.experiments.records import plan, record


def test_what_is_seen_of_other_processes(tmp_path):
    made, results = plan("softmax", "pod", seeds=2), Results(tmp_path)
    console = Console(file=io.StringIO(), width=100)
    failed, going_on, *_ = made.todo([])
    seen = []

    def wait_until(what):
        end = time.monotonic() + 60
        while not what():
            assert time.monotonic() < end
            time.sleep(0.1)

    def ended():
        return made.ended(results.read())

    def folders(ended):
        return [folder_of(tmp_path, s, results.backend) for s in made.todo(ended)]

    sources = ended, folders, lambda record: record["settings"]["loss"]
    with Watch(console, "4 runs", 4, 16, *sources, seen.append) as watch:
        # A file that cannot be read for a while stops nothing.
        results.path.write_text("{")
        wait_until(lambda: "no progress: " in console.file.getvalue())
        results.path.unlink()
        folder = folder_of(tmp_path, going_on, results.backend)
        for epochs in (1, 3):
            folder.write_history([dict.fromkeys(HISTORY_COLUMNS, 0.5)] * epochs)
            wait_until(lambda epochs=epochs: watch.bar.tasks[0].completed == epochs)
        # All epochs of a failed run are gone.
        results.add(record(failed, "diverged"))
        wait_until(lambda: watch.bar.tasks[0].completed == 7)
        assert watch.bar.tasks[0].total == 16
    assert [len(records) for records in seen] == [1]
    told = [line for line in console.file.getvalue().splitlines() if line]
    assert told[0] == "4 runs"
    assert all("line 1, is not a run" in line for line in told[1:-1])
    assert told[-1].startswith("1/4  softmax: failed, diverged; 0:00:")
    assert told[-1].endswith(" left")
