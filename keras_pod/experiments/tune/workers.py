"""A search by several processes: KerasTuner's own chief and workers."""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras_tuner

from keras_pod.core.errors import InputError
from keras_pod.experiments.compare.processes import Processes

# KerasTuner reads from these which part a process has.
ID, HOST, PORT = (f"KERASTUNER_{n}" for n in ("TUNER_ID", "ORACLE_IP", "ORACLE_PORT"))

Make = Callable[[], keras_tuner.Tuner]
Address = tuple[str, int]


def part_of_this_process() -> tuple[str | None, Address | None]:
    """Its part in a search on several machines, and the chief's host and port.

    The part is "chief" or a worker's own name. Without KerasTuner's environment
    variables both are None; if some of them are missing, InputError is raised.
    """
    if HOST not in os.environ:
        return None, None
    missing = [name for name in (ID, PORT) if name not in os.environ]
    if missing or not os.environ[PORT].isdigit():
        raise InputError(
            f"{HOST} is set, so {ID} (chief, or a worker's own name) and {PORT} (a "
            "number) must be set as well."
        )
    part = os.environ[ID]
    # This is KerasTuner's own rule.
    part = "chief" if "chief" in part else part
    return part, (os.environ[HOST], int(os.environ[PORT]))


def run_parallel(
    make: Make, folder: Path, workers: int, address: Address | None = None
) -> None:
    """Run a search with a chief and workers, each a process of its own.

    Workers on other machines, if there are any, reach the chief at the address.

    Raises:
        RuntimeError: one of the processes was lost; the same search goes on from
            what it had recorded.
    """
    at = address or ("127.0.0.1", _free_port())
    with Processes(folder / "workers") as processes:
        chief = processes.start("chief", _search, make, "chief", at)
        for i in range(workers):
            name = f"worker-{i}"
            processes.start(name, _search, make, name, at, place=i, jobs=workers)
        # KerasTuner's chief ends up to 20 s after its last worker: it is waited for
        # only where there may be workers that this process does not know.
        awaited = [p for p in processes.started if address or p is not chief]
        while any(process.exitcode is None for process in awaited):
            time.sleep(0.2)
            processes.check()
        processes.check()


def _search(make: Make, part: str, address: Address) -> None:
    """Search as the chief or as a worker."""
    os.environ |= {ID: part, HOST: address[0], PORT: str(address[1])}
    # KerasTuner prints what it sends.
    with contextlib.redirect_stdout(sys.stderr):
        make().search(verbose=0)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
