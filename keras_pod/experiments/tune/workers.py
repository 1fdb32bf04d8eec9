"""The processes of a parallel search: the chief's loop, and a worker's life."""

import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import keras_tuner

from keras_pod.core.disk import write_whole
from keras_pod.experiments.compare.runner import curves, errors_to, on_share_of_cores
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.tune.records import Trials
from keras_pod.experiments.tune.service import BEAT, SILENCE, Chief, beat_file
from keras_pod.experiments.tune.tuners import OBJECTIVE, heading

# What KerasTuner reads to know its part in a parallel search.
ID, HOST, PORT = (f"KERASTUNER_{n}" for n in ("TUNER_ID", "ORACLE_IP", "ORACLE_PORT"))

Make = Callable[[], keras_tuner.Tuner]


def work(
    make: Make,
    worker: str,
    address: tuple[str, int],
    folder: Path,
    parent: int | None = None,
) -> None:
    """Runs the trials that a chief gives, until it has no more.

    Args:
        make: makes the tuner.
        worker: a name that no other worker has.
        address: the chief's host and port.
        folder: the search's, which chief and workers share.
        parent: the process without which this one ends.
    """
    os.environ |= {ID: worker, HOST: address[0], PORT: str(address[1])}
    threading.Thread(target=_beat, args=(folder, worker, parent), daemon=True).start()
    # KerasTuner prints what it sends.
    with contextlib.redirect_stdout(sys.stderr):
        make().search(verbose=0)


def _beat(folder: Path, worker: str, parent: int | None) -> None:
    """Shows that the worker is alive; ends it if nobody waits for it any more."""
    count, path = 0, beat_file(folder, worker)
    while True:
        if parent is not None and os.getppid() != parent:
            os._exit(1)
        count += 1
        text = f"{os.getpid()} {count}"
        with contextlib.suppress(OSError):
            write_whole(path, lambda beside, text=text: beside.write_text(text))
        time.sleep(BEAT)


def lead(tuner: keras_tuner.Tuner, chief: Chief, make: Make, workers: int) -> None:
    """Has workers run the search, until every trial ended.

    A worker that dies costs its trial, which is recorded as failed; another one is
    started in its place.

    Args:
        tuner: whose oracle the chief serves.
        chief: the service.
        make: makes a worker's tuner, in its process.
        workers: how many to start on this machine; others may join.

    Raises:
        RuntimeError: no worker is left, or the oracle failed.
    """
    folder, address = chief.folder, (chief.host, chief.port)
    (folder / "workers").mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")

    def start(place: int) -> BaseProcess:
        name = f"worker-{place}"
        arguments = make, name, address, folder, os.getpid()
        process = context.Process(target=work, args=arguments, name=name)
        log = folder / "workers" / f"{name}.log"
        with on_share_of_cores(place, workers), errors_to(log):
            process.start()
        return process

    processes: dict[int, BaseProcess] = {}
    try:
        processes |= {place: start(place) for place in range(workers)}
        while not chief.finished or processes:
            time.sleep(0.2)
            _give_up_silent(tuner, chief, processes)
            for place, process in list(processes.items()):
                if process.exitcode is None:
                    continue
                del processes[place]
                why = f"its process ended with exit code {process.exitcode}"
                lost = process.exitcode and give_up(tuner, chief, process.name, why)
                if lost:
                    processes[place] = start(place)
            if workers and not processes and chief.deserted:
                raise RuntimeError(
                    f"no worker is left; see {folder / 'workers'}/*.log. The same "
                    "command goes on."
                )
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.join()


def _give_up_silent(
    tuner: keras_tuner.Tuner, chief: Chief, processes: dict[int, BaseProcess]
) -> None:
    own = {process.name: process for process in processes.values()}
    for worker in chief.silent():
        if worker in own:
            # It hangs; its end is noticed like any other's.
            own[worker].kill()
        else:
            why = f"its worker has been silent for {SILENCE:.0f} s"
            give_up(tuner, chief, worker, why)


def give_up(tuner: keras_tuner.Tuner, chief: Chief, worker: str, why: str) -> bool:
    """Ends the trial of a worker that died; whether it had one."""
    chief.check()
    oracle = chief.oracle
    oracle.tuner_ids.discard(worker)
    trial = oracle.ongoing_trials.get(worker)
    if trial is None:
        return False
    rows = RunFolder(tuner.get_trial_dir(trial.trial_id)).read_history()
    record = heading(tuner.hypermodel, trial)
    record |= {"failed": f"worker lost: {why}", "history": curves(rows)}
    record = Trials(chief.folder).add(trial.trial_id, record)
    trial.status, trial.message = "FAILED", record.get("failed")
    if "result" in record:
        # It died between recording the trial and telling.
        oracle.update_trial(
            trial.trial_id, {OBJECTIVE: record["result"]["accuracy_last"]}
        )
        trial.status = "COMPLETED"
    oracle.end_trial(trial)
    return True
