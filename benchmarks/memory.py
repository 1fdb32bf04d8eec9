"""Peak memory of a call beyond what is held before it, in a process of its own."""

import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from benchmarks.cases import Size, calls
from benchmarks.models import dense_step, resnet_step
from benchmarks.process import output

# The resident size follows what is in use: glibc gives blocks of this size back
# at once, and TensorFlow has no pool of its own, which it has with oneDNN.
_HONEST = {
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peaks(wanted: list[dict[str, Any]]) -> list[int | None]:
    """Peak memory in bytes of one call of each, beyond what the inputs take.

    On a GPU it is the backend's own count. On a CPU it is the process's resident size,
    whose peak Linux can set back; None elsewhere.

    Args:
        wanted: dicts with `case`, `size` (B, k, n) and `candidate`; the `network` of
            a "resnet step".
    """
    # Only in a new process does JAX count a GPU's peak from the beginning.
    alone = keras.backend.backend() == "jax" and _gpu() is not None
    groups = [[one] for one in wanted] if alone else [wanted]
    return [found for group in groups for found in _in_a_process(group)]


def _in_a_process(wanted: list[dict[str, Any]]) -> list[int | None]:
    found = output("benchmarks.memory", text=json.dumps(wanted), environment=_HONEST)
    return json.loads(found.splitlines()[-1])


def peak(call: Callable[[], Any]) -> int | None:
    """Peak memory in bytes of a call that has been made before."""
    gc.collect()
    counter = _gpu()
    if counter is None and not os.access(_CLEAR, os.W_OK):
        return None
    if counter is not None:
        reset, in_use, highest = counter
    else:
        reset, in_use, highest = _set_back, _resident("VmRSS"), _resident("VmHWM")
    reset()
    before = in_use()
    call()
    return max(0, highest() - before)


def _set_back() -> None:
    _CLEAR.write_text("5")


def _resident(name: str) -> Callable[[], int]:
    def read() -> int:
        lines = _STATUS.read_text().splitlines()
        line = next(line for line in lines if line.startswith(name))
        return int(line.split()[1]) * 1024

    return read


def _gpu() -> tuple[Callable, Callable, Callable] | None:
    """Functions that set the GPU's peak back, read its use and the peak, or None."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        if torch.cuda.is_available():
            cuda = torch.cuda
            return (
                cuda.reset_peak_memory_stats,
                cuda.memory_allocated,
                cuda.max_memory_allocated,
            )
    elif backend == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            info, config = "GPU:0", tf.config.experimental
            return (
                lambda: config.reset_memory_stats(info),
                lambda: config.get_memory_info(info)["current"],
                lambda: config.get_memory_info(info)["peak"],
            )
    else:
        import jax

        device = jax.devices()[0]
        if device.platform == "gpu":
            return (
                lambda: None,
                lambda: device.memory_stats()["bytes_in_use"],
                lambda: device.memory_stats()["peak_bytes_in_use"],
            )
    return None


def _measure(
    case: str, size: list[int], candidate: str, network: str = ""
) -> int | None:
    if case == "many classes":
        call = dense_step("nac", size[1], candidate)
    elif case == "resnet step":
        call = resnet_step(candidate, network)
    else:
        call = calls(case, Size(*size), candidate)[candidate]
    # Compiles, and wakes the threads.
    call(), call()
    return peak(call)


if __name__ == "__main__":
    print(json.dumps([_measure(**one) for one in json.load(sys.stdin)]))
