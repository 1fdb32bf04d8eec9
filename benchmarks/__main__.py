"""`python -m benchmarks`: compares in one run, and says what reached its aim."""

import argparse
import contextlib
import importlib
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Threads of torch that wait would take the cores from the candidate after it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
with contextlib.suppress(ImportError):
    # Loaded after TensorFlow, torch can crash the process.
    importlib.import_module("torch")

from benchmarks import (
    centroids,
    epochs,
    gradients,
    losses,
    report,
    sampler,
    start,
    steps,
)

SECTIONS = {
    "losses": losses.loss_times,
    "grid": losses.sc_grid,
    "growth": losses.growth,
    "steps": steps.resnet_steps,
    "classes": steps.many_classes,
    "sampler": sampler.sampler,
    "epochs": epochs.epochs,
    "centroids": centroids.centroids,
    "start": start.start,
}
_EXAMPLE = "KERAS_BACKEND=jax python -m benchmarks --quick --only losses,steps"


def main(arguments: list[str] | None = None) -> int:
    """Runs the sections and writes table.md and results.json; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__.split(": ")[1],
        epilog=f"example:\n  {_EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="minutes, not an hour")
    parser.add_argument("--narrow", action="store_true", help="steps of a ResNet-18-16")
    parser.add_argument(
        "--without-xla",
        action="store_true",
        help="TensorFlow's own graph, as `keras-pod train` has it on a CPU",
    )
    parser.add_argument("--only", help=f"sections, with commas: {','.join(SECTIONS)}")
    parser.add_argument("--repeats", type=int, help="turns of each (default: 20)")
    parser.add_argument("--out", type=Path, help="folder for table.md, results.json")
    given = parser.parse_args(arguments)
    names = given.only.split(",") if given.only else list(SECTIONS)
    if unknown := set(names) - set(SECTIONS):
        parser.error(f"--only {unknown.pop()}: choose from {', '.join(SECTIONS)}")
    if given.repeats is not None and given.repeats < 1:
        parser.error(f"--repeats {given.repeats}: must be at least 1")
    if given.without_xla:
        gradients.without_xla()
    return _run(names, given)


def _run(names: list[str], given: argparse.Namespace) -> int:
    console, where, done = report.console(), report.machine(), []
    if where["backend"] == "tensorflow":
        where["through XLA"] = gradients.uses_xla()
    how = {"arguments": _arguments(given), "quick": given.quick, "repeats": {}}
    console.print(where, highlight=False)
    for name in names:
        few = 5 if name == "steps" else 20
        repeats = given.repeats or (few if given.quick else 20)
        how["repeats"][name] = repeats
        options = {"narrow": given.narrow} if name == "steps" else {}
        began = time.monotonic()
        with console.status(f"{name} ..."):
            section = SECTIONS[name](given.quick, repeats, **options)
        report.show(section, console)
        console.print(f"  ({time.monotonic() - began:.0f} s)", highlight=False)
        done.append(section)
        if given.out:
            # After every section: an interrupted run keeps what it has.
            report.write(done, where, how, given.out)
    return int(any(not reached for s in done for *_, reached in s.targets))


def _arguments(given: argparse.Namespace) -> list[str]:
    """The command line, without the folder: a path says nothing on another machine."""
    switches = {
        "--quick": given.quick,
        "--narrow": given.narrow,
        "--without-xla": given.without_xla,
    }
    flags = [name for name, on in switches.items() if on]
    for name in ("only", "repeats"):
        value = getattr(given, name)
        flags += [] if value is None else [f"--{name}", str(value)]
    return flags


if __name__ == "__main__":
    sys.exit(main())
