"""Processes that tests start."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parents[1]


def free_ports(count):
    """Ports of this machine that nobody listens at."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]


def run(backend, *arguments):
    """The output of Python in a process of its own, which must end well."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("started from the TensorFlow run only")
    pytest.importorskip(backend)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def started_by(process):
    """Those that a process started by `multiprocessing`, in their order."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    pids = sorted(int(pid) for task in tasks for pid in task.read_text().split())
    return [p for p in pids if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]
