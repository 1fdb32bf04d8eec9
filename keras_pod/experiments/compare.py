"""compare: many losses, the same data, network, budget and seeds."""

import contextlib
import dataclasses
import gc
import hashlib
import json
import multiprocessing
import os
import shutil
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from filelock import FileLock, Timeout
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.errors import InputError
from keras_pod.experiments import comparison
from keras_pod.experiments.plan import Plan, Sweep, keep, make_plan
from keras_pod.experiments.results import Results, find
from keras_pod.experiments.run_folder import RunFolder
from keras_pod.experiments.settings import Settings
from keras_pod.experiments.train import train
from keras_pod.experiments.watch import Watch

# What the POD paper compares (its Table IV), RBF-Softmax and scaled BN.
DEFAULT_METHODS = (
    "softmax",
    "center",
    "am-softmax",
    "arcface",
    "cm",
    "cot",
    "pedcc-loss",
    "cosine",
    "nac",
    "pod",
    "rbf-softmax",
    "scaled-bn",
)
# The columns of a run's history that its line in the results keeps.
_CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")


def compare(
    methods: Sequence[str] = DEFAULT_METHODS,
    settings: Settings | None = None,
    seeds: int = 3,
    out: str | os.PathLike = "runs/compare",
    sweep: Sweep | None = None,
    jobs: int | None = 1,
    retry: bool = False,
    console: Console | None = None,
) -> list[comparison.Row]:
    """Trains every method with every seed and compares them; goes on where it stopped.

    For a seed, all methods have the same data order and the same initial backbone.

    Args:
        methods: names of `keras_pod.methods`, with options as in "pod:lam=0.1".
        settings: what all runs share; its loss, options, seed, lr and l2 are not used.
        seeds: final runs for each method, seeds 0, 1, ...
        out: the folder; it gets results.jsonl, table.md, table.csv and curves.png.
        sweep: a search of each method's learning rate and decay before that.
        jobs: processes that train at the same time, each on its share of the cores;
            None for what suits the machine.
        retry: whether to run again what failed.
        console: where progress goes; standard output by default.

    Returns:
        the rows of the table, best method first.

    Raises:
        InputError: bad settings or data, or a results file that is none.
        RuntimeError: a process that trains was killed.
    """
    console = console or Console()
    shared = dataclasses.replace(settings or Settings(), lr=None, l2=None)
    plan = _plan(methods, shared, seeds, sweep)
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder} is a file; name a folder.")
    plan = keep(plan, folder / "plan.json")
    results = Results(folder / "results.jsonl", keras.backend.backend())
    if retry:
        results.remove([r for r in plan.ended(results.read()) if "failed" in r])
    jobs = min(jobs or default_jobs(), max(1, len(plan.todo(results.read()))))
    with Watch(plan, results, folder, console, jobs):
        if jobs == 1:
            work(plan, folder)
        else:
            _share(plan, folder, jobs)
    rows = comparison.rows(plan, results.read())
    comparison.write(rows, plan, folder, console)
    comparison.show(rows, plan, folder, console)
    return rows


def _plan(
    methods: Sequence[str], shared: Settings, seeds: int, sweep: Sweep | None
) -> Plan:
    shared.check()
    if shared.validation_split and sweep:
        raise InputError("with a sweep, the share to hold out belongs to the sweep.")
    data = datasets.load(shared.data, augment=None, limit=shared.limit)
    return make_plan(methods, shared, seeds, sweep, data.num_classes)


def default_jobs() -> int:
    """One on an accelerator; on a CPU up to four, since one run fills few cores."""
    if keras.backend.backend() == "torch":
        import torch

        accelerator = torch.cuda.is_available()
    else:
        accelerator = not keras.distribution.list_devices()[0].startswith("cpu")
    return 1 if accelerator else min(4, len(_cores()))


def _cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _share(plan: Plan, folder: Path, jobs: int) -> None:
    """Has `jobs` processes work on the plan, each on cores of its own."""
    context = multiprocessing.get_context("spawn")
    cores = _cores()
    processes = []
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    try:
        for i in range(jobs):
            log = folder / "runs" / f"process-{i}.log"
            process = context.Process(target=work, args=(plan, folder))
            # A process has the cores of the one that starts it from the first.
            share = cores[i * len(cores) // jobs : (i + 1) * len(cores) // jobs]
            with _on_cores(share), _errors_to(log):
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
def _on_cores(cores: Sequence[int]):
    if not cores or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _errors_to(log: Path):
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


def work(plan: Plan, folder: Path) -> None:
    """Runs what is left of a plan; other processes may work on the same folder."""
    results = Results(folder / "results.jsonl", keras.backend.backend())
    while todo := plan.todo(results.read()):
        # Where others hold all that is left, what they end may bring more.
        if not any(_run_if_free(settings, folder, results) for settings in todo):
            time.sleep(1)


def _run_if_free(settings: Settings, folder: Path, results: Results) -> bool:
    """Runs and records, unless another process does; whether it was free."""
    run = RunFolder(folder / "runs" / run_name(settings))
    run.path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run.path.with_name(f".{run.path.name}.lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    with lock:
        if find(results.read(), settings) is None:
            record = _run(settings, run)
            results.add(record)
            if "failed" in record:
                os.replace(run.path / "log.txt", run.path.with_suffix(".failed.txt"))
        # The line in the results says all that the folder did.
        shutil.rmtree(run.path, ignore_errors=True)
    return True


def run_name(settings: Settings) -> str:
    """The folder of a run, for people and for other processes.

    >>> run_name(Settings(loss="softmax", seed=2))
    'softmax-seed2-47c0aa37'
    """
    text = json.dumps(dataclasses.asdict(settings), sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{settings.loss}-seed{settings.seed}-{key}"


def _run(settings: Settings, folder: RunFolder) -> dict[str, Any]:
    """Trains once; what failed is recorded with its reason."""
    keras.backend.clear_session()
    gc.collect()
    record = {
        "settings": dataclasses.asdict(settings),
        "backend": keras.backend.backend(),
    }
    with (folder.path / "log.txt").open("a") as log:
        try:
            run = train(settings, folder.path, Console(file=log, width=120), save=False)
            outcome = {"result": run["result"], "versions": run["versions"]}
            outcome["num_classes"] = len(run["data"]["class_names"])
        except (InputError, OSError):
            # Not the method's fault: no other run would fare better.
            raise
        except Exception as error:
            traceback.print_exc(file=log)
            reason = (str(error).splitlines() or [""])[0]
            outcome = {"failed": f"{type(error).__name__}: {reason}"}
    rows = folder.read_history()
    history = {name: [_short(row[name]) for row in rows] for name in _CURVES}
    history["seconds"] = [row["seconds"] for row in rows]
    return record | outcome | {"history": history}


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
