"""tune: a search from its description to a folder with table, picture and best."""

import functools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from keras_pod.core.checks import integer
from keras_pod.core.disk import check_folder
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.processes import leave_memory_to_others
from keras_pod.experiments.compare.progress import Follow, Refresh
from keras_pod.experiments.compare.results import Record, Results
from keras_pod.experiments.run.build import policy_put_back
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.run_folder import RunFolder, alone
from keras_pod.experiments.run.settings import from_saved
from keras_pod.experiments.tune import tuners
from keras_pod.experiments.tune.description import Search, keep
from keras_pod.experiments.tune.finals import DEFAULTS, candidates, run_finals
from keras_pod.experiments.tune.hyper_model import MethodHyperModel
from keras_pod.experiments.tune.ranking import Ranking, ranked, shown, train_line
from keras_pod.experiments.tune.workers import HOST, is_worker, run_parallel


def tune(
    search: Search,
    out: str | os.PathLike = "runs/tune",
    workers: int = 1,
    confirm: int = 0,
    retrain: int = 0,
    console: Console | None = None,
) -> list[Record]:
    """Searches, and tells the best; goes on where an interrupted search stopped.

    With KerasTuner's environment variables (`KERASTUNER_TUNER_ID`, "chief" or a
    worker's own name, `KERASTUNER_ORACLE_IP`, `KERASTUNER_ORACLE_PORT`) it is the
    chief or a worker of a search on several machines, which share the folder.

    Args:
        search: the description.
        out: the folder; it gets results.jsonl, table.md, table.csv, search.png.
        workers: processes that train at the same time, each on its share of the
            cores.
        confirm: other seeds than the search's, so many, with which the best trials
            and the defaults are trained again and judged on the held-out images; the
            best mean, of those of which the fewest runs failed, is then the best.
        retrain: seeds with which the best and the defaults are trained on all
            training images and judged on the test images.
        console: where progress goes; standard output by default.

    Returns:
        the trials, best first.

    Raises:
        InputError: a bad description, or a folder that holds another search.
        RuntimeError: no trial succeeded, or none that was trained again; or a worker
            was killed.
    """
    console, folder = console or plain_console(), Path(out)
    integer("--workers", workers, 1)
    integer("--confirm", confirm, 0)
    integer("--retrain", retrain, 0)
    check_folder(folder)
    if workers > 1 or HOST in os.environ:
        leave_memory_to_others()
    with policy_put_back():
        model = search.model()
        keep(search, model, folder)
        if is_worker():
            search.make_tuner(folder, model).search(verbose=0)
            return []
        refusal = f"another process searches in {folder}; wait for it, or choose "
        with alone(folder / ".lock", refusal + "another --out."):
            records = run_search(search, model, folder, workers, console)
            ranking = Ranking(records, model.base, list(model.domains))
            ranking.draw(folder, console)
            ranking.show(folder, console)
            best = from_saved(ranking.order[0]["settings"])
            if confirm:
                named = candidates(records, model.base)
                seeds = counted(confirm, "other seed")
                told = f"\nthe best trials and the defaults with {seeds}"
                console.print(f"{told} each:")
                rows = run_finals(named, confirm, folder / "confirm", console, workers)
                best = named[rows[0].method]
            if retrain:
                console.print("\non all training images, judged on the test images:")
                final = {DEFAULTS: model.base, "best": best}
                where = folder / "retrain"
                run_finals(final, retrain, where, console, workers, whole=True)
    console.print("\nthe best settings on all training images:")
    console.print(f"  {train_line(best, str(folder / 'best'))}", soft_wrap=True)
    return ranking.order


def run_search(
    search: Search,
    model: MethodHyperModel,
    folder: Path,
    workers: int,
    console: Console,
) -> list[Record]:
    """Runs the trials that are left; returns all."""
    tuner, names = search.make_tuner(folder, model), list(model.domains)
    planned, results = tuners.planned_epochs(tuner), Results(folder)

    def refresh(records: list[Record]) -> None:
        ranking = Ranking(records, model.base, names)
        ranking.write(folder)
        # A Hyperband goes on from weights, also one that is made longer later.
        if search.tuner != "hyperband" or len(records) >= len(tuner.oracle.planned):
            # All but the best trial's go: together they may fill a disk.
            for record in ranking.order[1:]:
                trial = folder / "trials" / f"trial_{record['trial']}"
                (trial / "checkpoint.weights.h5").unlink(missing_ok=True)

    with SearchWatch(folder, names, planned, console, refresh):
        if len(results.read()) < len(planned):
            if workers == 1 and HOST not in os.environ:
                tuner.search(verbose=0)
            else:
                make = functools.partial(search.make_tuner, folder)
                run_parallel(make, folder, workers)
    records = results.read()
    if not any("result" in record for record in records):
        reason = records[0]["failed"] if records else "none was run"
        raise RuntimeError(f"no trial of the search succeeded: {reason}")
    refresh(records)
    return records


class SearchWatch(Follow):
    """Follows the folder of a search over those names, of trials of those epochs."""

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        planned: list[int],
        console: Console,
        refresh: Refresh,
    ) -> None:
        self.folder, self.names, self.planned = folder, names, planned
        self.results = Results(folder)
        about = f", over {', '.join(names)}"
        count, epochs = len(planned), sum(planned)
        super().__init__("trial", count, epochs, about, console, refresh)

    def ended(self) -> list[Record]:
        return self.results.read()

    def epochs_of(self, ended: list[Record]) -> int:
        return sum(self.planned[: len(ended)])

    def under_way(self, ended: list[Record]) -> Iterable[RunFolder]:
        done = {f"trial_{record['trial']}" for record in ended}
        folders = (self.folder / "trials").glob("trial_*")
        return [RunFolder(path) for path in folders if path.name not in done]

    def line(self, record: Record) -> str:
        settings = from_saved(record["settings"])
        values = ", ".join(f"{n} {shown(settings, n)}" for n in self.names)
        name = f"trial {int(record['trial'])}, {values}"
        if "failed" in record:
            told = f"{name}: failed, {record['failed']}"
        else:
            result = record["result"]
            accuracy, seconds = result["accuracy_last"], result["seconds"]
            told = f"{name}: {accuracy:.2%}, {seconds:.0f} s"
        records = self.ended()
        best = ranked(records[: records.index(record) + 1])[0]
        if "failed" in best:
            return told
        accuracy = best["result"]["accuracy_last"]
        return f"{told}; best {accuracy:.2%} (trial {int(best['trial'])})"
