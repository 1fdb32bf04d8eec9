"""Whether this process is the `keras-pod` command."""

import os
import sys


def is_command() -> bool:
    """Whether `keras-pod ...` or `python -m keras_pod ...` runs.

    While Python looks for the module of `-m`, `sys.argv[0]` is "-m"; what follows is
    only in `sys.orig_argv`.
    """
    if sys.argv[0:1] == ["-m"]:
        at = sys.orig_argv.index("-m") if "-m" in sys.orig_argv else -1
        return sys.orig_argv[at + 1 : at + 2] == ["keras_pod"]
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return name in ("keras-pod", "keras-pod.exe", "keras-pod-script.py")
