"""A search by several processes: KerasTuner's own chief and workers."""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras_tuner

from keras_pod.experiments.compare.processes import Processes

# KerasTuner reads from these which part a process has.
ID, HOST, PORT = (f"KERASTUNER_{n}" for n in ("TUNER_ID", "ORACLE_IP", "ORACLE_PORT"))

Make = Callable[[], keras_tuner.Tuner]


def is_worker() -> bool:
    """Whether this process is a worker in a search that another machine leads."""
    return HOST in os.environ and "chief" not in os.environ.get(ID, "chief")


def run_parallel(make: Make, folder: Path, workers: int) -> None:
    """Run a search with a chief and workers, each a process of its own.

    Workers on other machines, if there are any, reach the chief at the address that
    KerasTuner's environment variables name. If a process is lost, RuntimeError is
    raised, and the same search goes on from what it had recorded.
    """
    at = {HOST: "127.0.0.1", PORT: str(_free_port())}
    at = {name: os.environ.get(name, usual) for name, usual in at.items()}
    with Processes(folder / "workers") as processes:
        chief = processes.start("chief", _search, make, at | {ID: "chief"})
        for i in range(workers):
            part = at | {ID: f"worker-{i}"}
            processes.start(part[ID], _search, make, part, place=i, jobs=workers)
        # KerasTuner's chief ends up to 20 s after its last worker: it is waited for
        # only where there may be workers that this process does not know.
        awaited = [p for p in processes.started if HOST in os.environ or p is not chief]
        while any(process.exitcode is None for process in awaited):
            time.sleep(0.2)
            processes.check()
        processes.check()


def _search(make: Make, part: dict[str, str]) -> None:
    """Search as the chief or as a worker."""
    os.environ |= part
    # KerasTuner prints what it sends.
    with contextlib.redirect_stdout(sys.stderr):
        make().search(verbose=0)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
