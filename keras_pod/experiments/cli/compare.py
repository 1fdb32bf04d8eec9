"""The commands `compare` and `reproduce`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_pod.core.checks import integer
from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.command import JOBS, LOG, RETRY, Command, settings_flags


def _compare(
    out: str | None = None,
    methods: Sequence[str] | None = None,
    sweep: int | None = None,
    sweep_epochs: int | None = None,
    **given: Any,
) -> None:
    from keras_pod.experiments.compare.compare import DEFAULT_METHODS, compare
    from keras_pod.experiments.compare.plan import Sweep
    from keras_pod.experiments.run.settings import Settings, flags_of
    from keras_pod.methods import METHODS

    settings = Settings(**{k: given.pop(k) for k in flags_of("compare") if k in given})
    names = DEFAULT_METHODS if methods is None else methods
    if sweep is None and sweep_epochs is not None:
        raise InputError(f"--sweep-epochs {sweep_epochs} is for --sweep.")
    compare(
        list(METHODS) if names == ["all"] else names,
        settings,
        out=out or Path("runs") / f"compare-{Path(settings.data).stem}",
        sweep=None if sweep is None else Sweep(sweep, sweep_epochs),
        **{"jobs": None, **given},
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


COMPARE = Command(
    "compare",
    "train many losses alike and compare them; goes on where it stopped",
    "keras-pod compare --methods softmax,arcface,pod --sweep 6 --out runs/mine",
    _compare,
    {
        "--methods NAME,NAME": (
            _names,
            "losses, with options as in pod:lam=0.1; or all (default: those of the "
            "POD paper's Table IV, pod-ce, rbf-softmax and scaled-bn)",
        ),
        "--seeds N": (int, "runs of each method (default: 3)"),
        **settings_flags("compare"),
        "--sweep TRIALS": (
            int,
            "first search each method's learning rate and L2 with so many trials",
        ),
        "--sweep-epochs N": (int, "epochs of a trial"),
        **JOBS,
        **RETRY,
        "--save": "keep the final runs with their models, for report and the others",
        **LOG,
        "--out DIR": "the comparison's folder",
    },
)


def _reproduce(
    tables: Sequence[str] = (),
    all: bool = False,
    list: bool = False,
    out: str | None = None,
    **given: Any,
) -> None:
    from rich.console import Console

    from keras_pod.experiments.papers.recipes import TABLES
    from keras_pod.experiments.papers.reproduce import reproduce, show_list

    if list:
        show_list(Console())
        return
    names = [*TABLES] if all else tables
    if not names:
        raise InputError("name a table, such as pod-4, or --all; --list shows them.")
    if "jobs" in given:
        integer("--jobs", given["jobs"], 1)
    parts = ["reproduce", given.get("scale", "paper"), given.get("variant", "paper")]
    if "data" in given:
        parts.append(Path(given["data"]).stem)
    # Runs of other epochs, or of fewer rows, leave the whole table as it is.
    parts += [f"{name}{given[name]}" for name in ("limit", "epochs") if name in given]
    if "rows" in given:
        parts.append(f"rows{len(given['rows'])}")
    seeds = 1 if "limit" in given else 3
    folder = out or Path("runs") / "-".join(parts)
    reproduce(names, out=folder, **{"seeds": seeds, "jobs": None, **given})


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
        "--scale NAME": "paper (default), or small: stand-ins for two CPU cores",
        "--variant NAME": "paper (default); code: as the published code has it; works: "
        "the methods' own defaults, which train well here",
        "--data DATA": "train on this, a name or a path, in place of the tables' data",
        "--seeds N": (int, "runs of each cell (default: 3)"),
        "--limit ROWS": (
            int,
            "only the first rows of each table, and one seed unless --seeds",
        ),
        "--row NAME": {
            "dest": "rows",
            "action": "append",
            "help": "only this row, as the table names it; may be given several times",
        },
        "--epochs N": (int, "of each run, in place of the paper's"),
        **JOBS,
        **RETRY,
        "--out DIR": "folder of the results",
    },
)
