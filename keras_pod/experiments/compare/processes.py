"""Processes that train at the same time, each on its share of the cores."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

import keras


class Processes:
    """Processes that end with the one that starts them.

    Args:
        logs: the folder of what they write to standard error.
    """

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self.started: list[BaseProcess] = []

    def start(
        self, name: str, target: Callable, *given: Any, place: int = 0, jobs: int = 1
    ) -> None:
        """Start a process on the place-th of `jobs` shares of the cores."""
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_run, args=(target, given), name=name)
        # A process has the cores of the one that starts it from the first.
        with on_share_of_cores(place, jobs), _errors_to(self.logs / f"{name}.log"):
            process.start()
        self.started.append(process)

    def check(self) -> None:
        """Raise RuntimeError if one of them was killed or failed."""
        for process in self.started:
            if process.exitcode:
                raise RuntimeError(
                    f"{process.name} ended with exit code {process.exitcode}; see "
                    f"{self.logs / process.name}.log. The same command goes on."
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        for process in self.started:
            process.terminate()
            process.join()


def _run(target: Callable, arguments: tuple) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(*arguments)


def _end_with_parent() -> None:
    # Whoever starts a killed command again starts new processes, and what is written
    # is whole at any moment.
    multiprocessing.parent_process().join()
    os._exit(1)


def default_jobs() -> int:
    """One on an accelerator; on a CPU up to four, since one run fills few cores."""
    if keras.backend.backend() == "torch":
        import torch

        accelerator = torch.cuda.is_available()
    else:
        accelerator = not keras.distribution.list_devices()[0].startswith("cpu")
    return 1 if accelerator else min(4, len(_cores()))


def leave_memory_to_others() -> None:
    """Let processes share a GPU, whose memory the first would take, if it is unused."""
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def _cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


@contextlib.contextmanager
def on_share_of_cores(place: int, jobs: int) -> Iterator[None]:
    """Have processes that start meanwhile run on one of `jobs` shares of the cores.

    All shares have as many cores, so that the times of runs can be compared; of more
    jobs than cores some share one.
    """
    cores = _cores()
    each = max(1, len(cores) // jobs)
    share = [cores[(place * each + i) % len(cores)] for i in range(each)]
    # Linux alone has this.
    put = getattr(os, "sched_setaffinity", lambda process, cores: None)
    put(0, share)
    try:
        yield
    finally:
        put(0, cores)


@contextlib.contextmanager
def _errors_to(log: Path) -> Iterator[None]:
    """Send standard error to a file, also that of processes started meanwhile.

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
