"""Trains all runs of a plan, one after another or side by side, and records each."""

import contextlib
import dataclasses
import gc
import multiprocessing
import os
import shutil
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import keras
from filelock import FileLock, Timeout
from rich.console import Console

from keras_pod.core.errors import InputError
from keras_pod.experiments.compare.results import Record, Results, find, folder_of
from keras_pod.experiments.compare.runs_progress import Watch
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, from_saved
from keras_pod.experiments.run.train import train

# The columns of a run's history that its line in the results keeps.
_CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")


class Runs(Protocol):
    """The runs of a comparison or a paper's table, given those that ended.

    Attributes:
        runs, epochs: how many there are in all.
        keeps_going: whether a run whose settings or data are bad is recorded as
            failed, like any other; otherwise it ends the work.
    """

    runs: int
    epochs: int
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
    refresh: Callable[[list[Record]], Any] | None = None,
    saved: Callable[[Settings], bool] | None = None,
    log: tuple[str, ...] = (),
) -> list[Record]:
    """Runs what is left of a plan; goes on where it was stopped.

    Args:
        plan: what to run.
        folder: where results.jsonl is, and the folders of runs under way.
        console: where progress goes.
        jobs: processes that train at the same time, each on its share of the cores;
            None for what suits the machine.
        retry: whether to run again what failed.
        refresh: called with all records whenever a run ended.
        saved: whether to leave a run's folder, with its model, as `train` does;
            of none by default.
        log: trackers of every run, whose files go to logs in `folder`.

    Returns:
        the runs that ended, of this plan.

    Raises:
        InputError: a run's settings or data are bad, unless the plan keeps going.
        RuntimeError: a process that trains was killed.
    """
    results = Results(folder / "results.jsonl", keras.backend.backend())
    if retry:
        results.remove([r for r in plan.ended(results.read()) if "failed" in r])
    for record in plan.ended(results.read()):
        # The process may have been killed between the line in the results and this.
        settings = from_saved(record["settings"])
        _remove(folder_of(folder, settings, results.backend), record)
    saved = saved or _none
    jobs = min(jobs or default_jobs(), max(1, len(plan.todo(results.read()))))
    with Watch(plan, results, folder, console, jobs, refresh):
        if jobs == 1:
            work(plan, folder, saved, log)
        else:
            _share(plan, folder, saved, log, jobs)
    return plan.ended(results.read())


def _none(settings: Settings) -> bool:
    return False


def check_any_succeeded(
    records: list[Record], again: str = "--retry runs them again"
) -> None:
    """Raises RuntimeError if there are runs and all failed."""
    if records and not any("result" in record for record in records):
        raise RuntimeError(f"no run succeeded: {records[0]['failed']}; {again}.")


def default_jobs() -> int:
    """One on an accelerator; on a CPU up to four, since one run fills few cores."""
    if keras.backend.backend() == "torch":
        import torch

        accelerator = torch.cuda.is_available()
    else:
        accelerator = not keras.distribution.list_devices()[0].startswith("cpu")
    return 1 if accelerator else min(4, len(_cores()))


def leave_memory_to_others() -> None:
    """Let processes share a GPU, whose whole memory the first would take otherwise.

    To be called before anything is computed.
    """
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def _cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _share(
    plan: Runs, folder: Path, saved: Any, log: tuple[str, ...], jobs: int
) -> None:
    """Has `jobs` processes work on the plan, each on cores of its own."""
    context = multiprocessing.get_context("spawn")
    processes = []
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    try:
        for i in range(jobs):
            errors = folder / "runs" / f"process-{i}.log"
            arguments = plan, folder, saved, log, os.getpid()
            process = context.Process(target=work, args=arguments)
            # A process has the cores of the one that starts it from the first.
            with on_share_of_cores(i, jobs), errors_to(errors):
                process.start()
            processes.append(process)
        for process in processes:
            process.join()
    finally:
        for process in processes:
            process.terminate()
            process.join()
    ends = [p.exitcode for p in processes if p.exitcode]
    if ends:
        raise RuntimeError(
            f"a training process ended with exit code {ends[0]}; see "
            f"{folder / 'runs'}/process-*.log. The same command goes on."
        )


@contextlib.contextmanager
def on_share_of_cores(place: int, jobs: int):
    """Processes started meanwhile run on the place-th of `jobs` shares of the cores.

    All shares have as many cores, so that the times of runs can be compared; of more
    jobs than cores some share one.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = _cores()
    each = max(1, len(cores) // jobs)
    share = [cores[(place * each + i) % len(cores)] for i in range(each)]
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, share)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def errors_to(log: Path):
    """Standard error goes to the file, also that of processes started meanwhile.

    TensorFlow writes to it while it is imported, before a process can choose.
    """
    before = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def work(
    plan: Runs,
    folder: Path,
    saved: Callable[[Settings], bool],
    log: tuple[str, ...] = (),
    parent: int | None = None,
) -> None:
    """Runs what is left of a plan; other processes may work on the same folder.

    Args:
        plan: what to run.
        folder: where.
        saved, log: as `run_all` has them.
        parent: the process that started this one for it, without which it ends.
    """
    if parent is not None:
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    results = Results(folder / "results.jsonl", keras.backend.backend())
    while todo := plan.todo(results.read()):
        # Other processes hold all that is left, and their results may bring more.
        if not any(
            _run_if_free(s, folder, results, saved(s), plan.keeps_going, log)
            for s in todo
        ):
            time.sleep(1)


def end_with(parent: int) -> None:
    """End this process when the one that started it is killed.

    Whoever starts the command again starts new processes, and what is written is
    whole at any moment.
    """
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _run_if_free(
    settings: Settings,
    folder: Path,
    results: Results,
    save: bool,
    keeps_going: bool,
    log: tuple[str, ...],
) -> bool:
    """Runs and records, unless another process does; whether it was free."""
    run = folder_of(folder, settings, results.backend)
    run.path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run.path.with_name(f".{run.path.name}.lock"))
    try:
        held = lock.acquire(blocking=False)
    except Timeout:
        return False
    with held:
        record = find(results.read(), settings)
        if record is None:
            where = folder / "logs" / run.path.name
            record = _run(settings, run, save, keeps_going, log, where)
            results.add(record)
        _remove(run, record)
    return True


def _remove(run: RunFolder, record: Record) -> None:
    """The line in the results says all that a folder without a model does."""
    if run.model.exists():
        return
    if "failed" in record:
        # How it failed is kept; another process may have moved it already.
        with contextlib.suppress(FileNotFoundError):
            os.replace(run.path / "log.txt", run.path.with_suffix(".failed.txt"))
    shutil.rmtree(run.path, ignore_errors=True)


def _run(
    settings: Settings,
    folder: RunFolder,
    save: bool,
    keeps_going: bool,
    log: tuple[str, ...],
    log_folder: Path,
) -> dict[str, Any]:
    """Trains once; what failed is recorded with its reason."""
    keras.backend.clear_session()
    gc.collect()
    record = {
        "settings": dataclasses.asdict(settings),
        "backend": keras.backend.backend(),
    }
    with (folder.path / "log.txt").open("a") as text:
        try:
            console = plain_console(file=text, width=120)
            run = train(
                settings, folder.path, console, save, log=log, log_folder=log_folder
            )
            outcome = {"result": run["result"], "versions": run["versions"]}
            outcome["num_classes"] = len(run["data"]["class_names"])
            outcome["num_test"] = run["data"]["num_test"]
            outcome |= {k: run[k] for k in ("centroids",) if k in run}
        except OSError:
            # Nothing could be recorded on a full disk either.
            raise
        except Exception as error:
            if isinstance(error, InputError) and not keeps_going:
                # Data that are gone, for example, are gone for all runs.
                raise
            traceback.print_exc(file=text)
            reason = (str(error).splitlines() or [""])[0]
            outcome = {"failed": f"{type(error).__name__}: {reason}"}
    return record | outcome | {"history": curves(folder.read_history())}


def curves(rows: list[dict[str, Any]]) -> dict[str, list]:
    """The part of a run's history that its line in the results keeps."""
    history = {name: [_short(row[name]) for row in rows] for name in _CURVES}
    return history | {"seconds": [row["seconds"] for row in rows]}


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
