"""compare: many losses, the same data, network, budget and seeds."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from keras_pod import models
from keras_pod.core.checks import integer
from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError
from keras_pod.experiments.compare import comparison
from keras_pod.experiments.compare.plan import Sweep, keep, make_plan
from keras_pod.experiments.compare.processes import leave_memory_to_others
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.compare.runner import check_any_succeeded, run_all
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.trackers import parse
from keras_pod.experiments.run.train import load_data, warn_of_short_batch

# The POD paper compares these (Table IV), but for pod-ce, RBF-Softmax and scaled BN.
DEFAULT_METHODS = tuple(
    "softmax center am-softmax arcface cm cot pedcc-loss cosine nac pod pod-ce "
    "rbf-softmax scaled-bn".split()
)


def compare(
    methods: Sequence[str] = DEFAULT_METHODS,
    settings: Settings | None = None,
    seeds: int = 3,
    out: str | os.PathLike = "runs/compare",
    sweep: Sweep | None = None,
    jobs: int | None = 1,
    retry: bool = False,
    console: Console | None = None,
    save: bool = False,
    log: str = "",
) -> list[comparison.Row]:
    """Train every method with every seed and compare them; go on where it stopped.

    For a seed, all methods have the same data order and the same initial backbone.

    Args:
        methods: names of `keras_pod.methods`, with options as in "pod:lam=0.1".
        settings: what all runs share; its loss, options, seed, lr and l2 are not used.
        seeds: final runs for each method, seeds 0, 1, ...
        out: the folder; it gets results.jsonl, table.md, table.csv and curves.png.
        sweep: a search of each method's learning rate and decay before that.
        jobs: processes that train at the same time, each on its share of the cores;
            None for what suits the machine.
        retry: whether to run again what failed.
        console: where progress goes; standard output by default.
        save: whether to keep the final runs with their models, each in a folder of
            `out`/runs as `train` leaves it.
        log: trackers that get each run's numbers too, with commas.

    Returns:
        the rows of the table, best method first.

    Raises:
        InputError: bad settings or data, or a results file that is none.
        RuntimeError: no run succeeded, or a process that trains was killed.
    """
    if jobs is not None:
        integer("--jobs", jobs, 1)
    trackers = parse(log)
    console = console or plain_console()
    if jobs and jobs > 1:
        leave_memory_to_others()
    shared = dataclasses.replace(settings or Settings(), lr=None, l2=None)
    if shared.validation_split and sweep:
        raise InputError("with a sweep, the share to hold out belongs to the sweep.")
    data = load_data(shared)
    models.backbone(shared.backbone, data.image_shape)
    warn_of_short_batch(shared, data.num_train, console)
    plan = make_plan(methods, shared, seeds, sweep, data.num_classes, data.num_train)
    folder = Path(out)
    check_folder(folder)
    plan = keep(plan, folder / "plan.json", data)

    def refresh(records: list[Record]) -> list[comparison.Row]:
        rows = comparison.rows(plan, records)
        comparison.write_tables(rows, plan, folder)
        return rows

    saved = plan.is_final if save else None
    records = run_all(plan, folder, console, jobs, retry, refresh, saved, trackers)
    rows = refresh(records)
    comparison.show(rows, plan, folder, console)
    if save:
        kept = len([*folder.glob("runs/*/model.keras")])
        console.print(f"  {folder / 'runs'}: {kept} models", soft_wrap=True)
    check_any_succeeded(records)
    return rows
