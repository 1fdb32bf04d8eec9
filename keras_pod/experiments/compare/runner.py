"""Train all runs of a plan, one after another or side by side, and record each."""

import contextlib
import dataclasses
import gc
import os
import shutil
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol

import keras
from filelock import FileLock, Timeout
from rich.console import Console

from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.processes import default_jobs, run_side_by_side
from keras_pod.experiments.compare.progress import Refresh, Watch
from keras_pod.experiments.compare.results import Record, Results, find, folder_of
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, from_saved
from keras_pod.experiments.run.train import train

# The columns of a run's history that its line in the results keeps.
_CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")


class Runs(Protocol):
    """The runs of a comparison or a paper's table.

    `known` are those that the records of runs that ended tell of, in the order in which
    they begin. `size` is the number of all runs and that of their epochs, and `label`
    the name of a run for people, without its seed. Where it `keeps_going`, bad settings
    or data of a run end that run alone.
    """

    keeps_going: ClassVar[bool]

    def size(self) -> tuple[int, int]: ...

    def known(self, records: list[Record]) -> list[Settings]: ...

    def label(self, settings: Settings) -> str: ...

    def todo(self, records: list[Record]) -> list[Settings]:
        """The runs that can begin now."""
        return [s for s in self.known(records) if find(records, s) is None]

    def ended(self, records: list[Record]) -> list[Record]:
        """The records of its own runs."""
        return [r for s in self.known(records) if (r := find(records, s))]


def run_all(
    plan: Runs,
    folder: Path,
    console: Console,
    jobs: int | None = 1,
    retry: bool = False,
    refresh: Refresh | None = None,
    saved: Callable[[Settings], bool] | None = None,
    log: tuple[str, ...] = (),
) -> list[Record]:
    """Run what is left of a plan, as many `jobs` at a time; return all that ended.

    It goes on where it was stopped. The folder has results.jsonl, and the folders of
    runs under way; those of `saved` runs stay, with their models. `retry` runs again
    what failed. `refresh` gets the runs that ended whenever another one did.

    Raises:
        InputError: a run's settings or data are bad, unless the plan keeps going.
        RuntimeError: a process that trains was killed.
    """
    results = Results(folder)

    def ended() -> list[Record]:
        return plan.ended(results.read())

    def under_way(records: list[Record]) -> list[RunFolder]:
        return [folder_of(folder, s, results.backend) for s in plan.todo(records)]

    def name(record: Record) -> str:
        settings = from_saved(record["settings"])
        return f"{plan.label(settings)} seed {settings.seed}"

    if retry:
        results.remove([record for record in ended() if "failed" in record])
    jobs = min(jobs or default_jobs(), max(1, len(plan.todo(results.read()))))
    count, epochs = plan.size()
    title = f"{counted(count, 'run')}, {counted(epochs, 'epoch')}; {jobs} at a time"
    work = Work(plan, folder, saved, log)
    with Watch(console, title, count, epochs, ended, under_way, name, refresh):
        if jobs == 1:
            work.run()
        else:
            run_side_by_side([work.run] * jobs, folder / "runs")
    return ended()


def check_any_succeeded(
    records: list[Record], again: str = "--retry runs them again"
) -> None:
    """Raise RuntimeError if there are runs and all failed."""
    if records and not any("result" in record for record in records):
        raise RuntimeError(f"no run succeeded: {records[0]['failed']}; {again}.")


@dataclasses.dataclass(frozen=True)
class Work:
    """The part of a process in running a plan, with the arguments of `run_all`."""

    plan: Runs
    folder: Path
    saved: Callable[[Settings], bool] | None
    log: tuple[str, ...]

    def run(self) -> None:
        """Run what is left; other processes may work on the same folder."""
        results = Results(self.folder)
        while todo := self.plan.todo(results.read()):
            # Other processes hold all that is left, and their results may bring more.
            if not any(self._run_if_free(settings, results) for settings in todo):
                time.sleep(1)

    def _run_if_free(self, settings: Settings, results: Results) -> bool:
        """Run and record unless another process does; return whether it was free."""
        run = folder_of(self.folder, settings, results.backend)
        run.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(run.path.with_name(f".{run.path.name}.lock"))
        try:
            held = lock.acquire(blocking=False)
        except Timeout:
            return False
        with held:
            record = find(results.read(), settings)
            if record is None:
                record = self._train(settings, run)
                results.add(record)
            _remove(run, record)
        return True

    def _train(self, settings: Settings, folder: RunFolder) -> Record:
        """Train once; what failed is recorded with its reason."""
        keras.backend.clear_session()
        gc.collect()
        record = new_record(settings)
        with (folder.path / "log.txt").open("a") as text:
            try:
                run = train(
                    settings,
                    folder.path,
                    plain_console(file=text, width=120),
                    save=self.saved is not None and self.saved(settings),
                    log=self.log,
                    log_folder=self.folder / "logs" / folder.path.name,
                )
            except OSError:
                # Nothing could be recorded on a full disk either.
                raise
            except Exception as error:
                if isinstance(error, InputError) and not self.plan.keeps_going:
                    # Data that are gone, for example, are gone for all runs.
                    raise
                traceback.print_exc(file=text)
                record["failed"] = reason(error)
            else:
                record |= {name: run[name] for name in ("result", "versions")}
                record["num_classes"] = len(run["data"]["class_names"])
                record["num_test"] = run["data"]["num_test"]
        return record | {"history": curves(folder.read_history())}


def _remove(run: RunFolder, record: Record) -> None:
    """Remove a folder without a model, all of which the line in the results says."""
    if run.model.exists():
        return
    if "failed" in record:
        # How it failed is kept; another process may have moved it already.
        with contextlib.suppress(FileNotFoundError):
            os.replace(run.path / "log.txt", run.path.with_suffix(".failed.txt"))
    shutil.rmtree(run.path, ignore_errors=True)


def new_record(settings: Settings) -> Record:
    """The part of a run's line in the results that is known before it begins."""
    backend = keras.backend.backend()
    return {"settings": dataclasses.asdict(settings), "backend": backend}


def reason(error: Exception) -> str:
    """A line on why a run failed."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"


def curves(rows: list[dict[str, Any]]) -> dict[str, list]:
    """The part of a run's history that its line in the results keeps."""

    def short(value: float | None) -> float | None:
        return None if value is None else float(f"{value:.6g}")

    history = {name: [short(row[name]) for row in rows] for name in _CURVES}
    return history | {"seconds": [row["seconds"] for row in rows]}
