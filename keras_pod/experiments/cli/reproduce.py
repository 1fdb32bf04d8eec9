"""The `reproduce` command."""

import argparse
from pathlib import Path

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.command import JOBS, RETRY, Command


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
    scale, variant, data = arguments.scale, arguments.variant, arguments.data
    limit, epochs, rows = arguments.limit, arguments.epochs, arguments.row
    # Runs of other epochs, or of fewer rows, leave the whole table as it is.
    parts = ["reproduce", scale, variant, *([Path(data).stem] if data else [])]
    fewer = {"limit": limit, "epochs": epochs, "rows": len(rows)}
    parts += [f"{name}{value}" for name, value in fewer.items() if value]
    seeds = arguments.seeds
    if seeds is None:
        seeds = 1 if limit else 3
    reproduce(
        names,
        scale,
        variant,
        seeds,
        limit,
        epochs,
        rows,
        arguments.out or Path("runs") / "-".join(parts),
        arguments.jobs,
        bool(arguments.retry),
        data,
    )


REPRODUCE = Command(
    "reproduce",
    "run a table of the papers, our numbers beside the published ones",
    "keras-pod reproduce pod-4 --scale small",
    _reproduce,
    {
        "tables TABLE": {
            "nargs": "*",
            "help": "pod-1 .. 9, rbf-1 .. 7, sbn-1 .. 3; figures pod-fig-5, pod-fig-6, "
            "rbf-fig-1, rbf-fig-5",
        },
        "--all": "every table",
        "--list": "what each table needs",
        "--scale NAME": {
            "default": "paper",
            "help": "paper (default), or small: stand-ins for two CPU cores",
        },
        "--variant NAME": {
            "default": "paper",
            "help": "paper (default); code: as the published code has it; works: the "
            "methods' own defaults, which train well here",
        },
        "--data DATA": "train on this, a name or a path, in place of the tables' data",
        "--seeds N": (int, "runs of each cell (default: 3)"),
        "--limit ROWS": (
            int,
            "only the first rows of each table, and one seed unless --seeds",
        ),
        "--row NAME": {
            "action": "append",
            "default": [],
            "help": "only this row, as the table names it; may be given several times",
        },
        "--epochs N": (int, "of each run, in place of the paper's"),
        **JOBS,
        **RETRY,
        "--out DIR": "folder of the results",
    },
)
