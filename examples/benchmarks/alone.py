"""Work in a process of its own, so that its peak of memory is its own."""

import resource
import subprocess
import sys


def peak_gib() -> float:
    """The most memory that this process has held. Needs Linux or macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def print_row(file: str, *arguments: str) -> None:
    """Runs a script with `--here` and prints the last line that it prints."""
    command = [sys.executable, file, *arguments, "--here"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    print(done.stdout.splitlines()[-1], flush=True)
