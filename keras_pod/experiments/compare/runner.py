"""Trains all runs of a plan, one after another or side by side, and records each."""

import contextlib
import dataclasses
import gc
import os
import shutil
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

import keras
from filelock import FileLock, Timeout
from rich.console import Console

from keras_pod.core.errors import InputError
from keras_pod.experiments.compare.processes import Processes, default_jobs
from keras_pod.experiments.compare.progress import Refresh, Watch
from keras_pod.experiments.compare.results import Record, Results, find, folder_of
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, from_saved
from keras_pod.experiments.run.train import train

# The columns of a run's history that its line in the results keeps.
_CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")


class Runs(Protocol):
    """The runs of a comparison or a paper's table, given those that ended."""

    # How many there are in all.
    runs: int
    epochs: int
    # Bad settings or data of a run then end that run alone, not the work.
    keeps_going: bool

    def todo(self, records: list[Record]) -> list[Settings]:
        """The runs that can begin now."""

    def ended(self, records: list[Record]) -> list[Record]:
        """The runs that ended."""

    def label(self, settings: Settings) -> str:
        """The name of a run for people."""


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
    """Runs what is left of a plan, as many `jobs` at a time; all that ended.

    It goes on where it was stopped. The folder has results.jsonl, and the folders of
    runs under way; those of `saved` runs stay, with their models. `retry` runs again
    what failed. `refresh` gets the runs that ended whenever another one did.

    Raises:
        InputError: a run's settings or data are bad, unless the plan keeps going.
        RuntimeError: a process that trains was killed.
    """
    results = Results(folder)
    if retry:
        results.remove([r for r in plan.ended(results.read()) if "failed" in r])
    for record in plan.ended(results.read()):
        # The process may have been killed between the line in the results and this.
        settings = from_saved(record["settings"])
        _remove(folder_of(folder, settings, results.backend), record)
    work = Work(plan, folder, saved, log)
    jobs = min(jobs or default_jobs(), max(1, len(plan.todo(results.read()))))
    with Watch(plan, folder, console, jobs, refresh):
        if jobs == 1:
            work.run()
        else:
            with Processes(folder / "runs") as processes:
                for i in range(jobs):
                    processes.start(f"process-{i}", work.run, place=i, jobs=jobs)
                for process in processes.started:
                    process.join()
                processes.check()
    return plan.ended(results.read())


def check_any_succeeded(
    records: list[Record], again: str = "--retry runs them again"
) -> None:
    """Raises RuntimeError if there are runs and all failed."""
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
        """Run and record, unless another process does; whether it was free."""
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
                record |= self._outcome(settings, folder, text)
            except OSError:
                # Nothing could be recorded on a full disk either.
                raise
            except Exception as error:
                if isinstance(error, InputError) and not self.plan.keeps_going:
                    # Data that are gone, for example, are gone for all runs.
                    raise
                traceback.print_exc(file=text)
                record["failed"] = reason(error)
        return record | {"history": curves(folder.read_history())}

    def _outcome(self, settings: Settings, folder: RunFolder, text: TextIO) -> Record:
        run = train(
            settings,
            folder.path,
            plain_console(file=text, width=120),
            save=self.saved is not None and self.saved(settings),
            log=self.log,
            log_folder=self.folder / "logs" / folder.path.name,
        )
        data = run["data"]
        return {
            "result": run["result"],
            "versions": run["versions"],
            "num_classes": len(data["class_names"]),
            "num_test": data["num_test"],
        }


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
