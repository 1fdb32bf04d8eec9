"""Whether this process is the `keras-pod` command."""

import sys
from pathlib import Path


def is_command() -> bool:
    """Whether `keras-pod ...` or `python -m keras_pod ...` runs."""
    name = sys.argv[0] if sys.argv else ""
    if name == "-m":
        # Python looks for the module now, whose name is only among these.
        return "keras_pod" in sys.orig_argv
    return Path(name).name in ("keras-pod", "keras-pod.exe", "keras-pod-script.py")
