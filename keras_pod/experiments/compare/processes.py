"""Processes that train at the same time, each on its share of the cores."""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras


def run_side_by_side(calls: Sequence[Callable[[], None]], logs: Path) -> None:
    """Run each call in a process of its own, which ends with this one.

    What they write to standard error goes to files in `logs`.

    Raises:
        RuntimeError: one was killed or failed, which ends the others too.
    """
    logs.mkdir(parents=True, exist_ok=True)
    context, started = multiprocessing.get_context("spawn"), []
    try:
        for place, call in enumerate(calls):
            name = f"process-{place}"
            process = context.Process(target=_run, args=[call], name=name)
            with given_to_children(logs / f"{name}.log", place, len(calls)):
                process.start()
            started.append(process)
        while started:
            time.sleep(0.2)
            codes = [process.exitcode for process in started]
            for process, code in zip(started, codes, strict=True):
                if code:
                    raise RuntimeError(
                        f"{process.name} ended with exit code {code}; see "
                        f"{logs / process.name}.log. The same command goes on."
                    )
            if None not in codes:
                break
    finally:
        for process in started:
            process.terminate()
            process.join()


def _run(call: Callable[[], None]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    call()


def _end_with_parent() -> None:
    # Whoever starts a killed command again starts new processes, and what is written
    # is whole at any moment.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def given_to_children(log: Path, place: int, jobs: int) -> Iterator[None]:
    """Have processes that start meanwhile write errors to a file, on a share of cores.

    TensorFlow counts the cores, and writes of them, while it is imported, before a
    process can choose. All shares have as many cores, so that the times of runs can be
    compared; of more jobs than cores some share one.
    """
    cores, errors = _cores(), os.dup(2)
    each = max(1, len(cores) // jobs)
    # Linux alone has this.
    run_on = getattr(os, "sched_setaffinity", lambda process, cores: None)
    run_on(0, [cores[(place * each + i) % len(cores)] for i in range(each)])
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(errors, 2)
        os.close(errors)
        run_on(0, cores)


def _cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


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
