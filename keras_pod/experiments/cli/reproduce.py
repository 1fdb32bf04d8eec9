"""The `reproduce` command."""

import argparse
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.common import JOBS, add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "reproduce",
        "run a table of the papers, our numbers beside the published ones",
        "keras-pod reproduce pod-4 --scale small",
        _reproduce,
    )
    command.add_argument(
        "tables",
        metavar="TABLE",
        nargs="*",
        help="pod-1 .. 9, rbf-1 .. 7, sbn-1 .. 3; figures pod-fig-5, pod-fig-6, "
        "rbf-fig-1, rbf-fig-5",
    )
    command.add_argument("--all", action="store_true", help="every table")
    command.add_argument("--list", action="store_true", help="what each table needs")
    command.add_argument(
        "--scale", help="paper (default), or small: stand-ins for two CPU cores"
    )
    command.add_argument(
        "--variant",
        help="paper (default); code: as the published code has it; works: the methods' "
        "own defaults, which train well here",
    )
    command.add_argument(
        "--data", help="train on this, a name or a path, in place of the tables' data"
    )
    command.add_argument("--seeds", type=int, help="runs of each cell (default: 3)")
    command.add_argument(
        "--limit",
        type=int,
        metavar="ROWS",
        help="only the first rows of each table, and one seed unless --seeds",
    )
    command.add_argument(
        "--row",
        action="append",
        metavar="NAME",
        help="only this row, as the table names it; may be given several times",
    )
    command.add_argument(
        "--epochs", type=int, help="of each run, in place of the paper's"
    )
    command.add_argument("--jobs", type=int, help=JOBS)
    command.add_argument("--retry", action="store_true", help="run failed runs again")
    command.add_argument("--out", metavar="DIR", help="folder of the results")
    return command


def _reproduce(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from keras_pod.experiments.papers.recipes import TABLES
    from keras_pod.experiments.papers.reproduce import reproduce, show_list

    if arguments.list:
        show_list(Console())
        return
    names = list(TABLES) if arguments.all else arguments.tables
    if not names:
        raise InputError("name a table, such as pod-4, or --all; --list shows them.")
    if arguments.jobs is not None and arguments.jobs < 1:
        raise InputError(f"--jobs must be >= 1: {arguments.jobs}")
    scale, variant = arguments.scale or "paper", arguments.variant or "paper"
    # Runs of other epochs, or of fewer rows, leave the whole table as it is.
    rows = arguments.row or ()
    given = {
        "limit": arguments.limit,
        "epochs": arguments.epochs,
        "rows": len(rows),
    }
    data = [Path(arguments.data).stem] if arguments.data else []
    name = "-".join(
        [
            "reproduce",
            scale,
            variant,
            *data,
            *(f"{k}{v}" for k, v in given.items() if v),
        ]
    )
    seeds = (
        (1 if arguments.limit else 3) if arguments.seeds is None else arguments.seeds
    )
    reproduce(
        names,
        scale,
        variant,
        seeds,
        arguments.limit,
        arguments.epochs,
        rows,
        arguments.out or Path("runs") / name,
        arguments.jobs,
        arguments.retry,
        arguments.data,
    )
