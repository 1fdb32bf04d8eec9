"""Whether this process is the `keras-pod` command."""

import os
import sys


def is_command() -> bool:
    """True for `keras-pod ...`, `python -m keras_pod ...` and `-m benchmarks`.

    While Python looks for the module of `-m`, `sys.argv[0]` is "-m"; what follows is
    only in `sys.orig_argv`.
    """
    if sys.argv[0:1] == ["-m"]:
        at = sys.orig_argv.index("-m") if "-m" in sys.orig_argv else -1
        module = "".join(sys.orig_argv[at + 1 : at + 2])
        return module == "keras_pod" or module.startswith("benchmarks")
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return name in ("keras-pod", "keras-pod.exe", "keras-pod-script.py")
