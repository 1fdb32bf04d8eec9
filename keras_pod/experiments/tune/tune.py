"""tune: a search from its description to a folder with table, picture and best."""

import functools
import os
from pathlib import Path

import keras_tuner
from rich.console import Console

from keras_pod.core.checks import integer
from keras_pod.core.disk import check_folder
from keras_pod.experiments.compare.processes import leave_memory_to_others
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.run.build import policy_put_back
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.run_folder import alone
from keras_pod.experiments.run.settings import Settings, from_saved
from keras_pod.experiments.tune import description, ranking, tuners
from keras_pod.experiments.tune.description import Search
from keras_pod.experiments.tune.finals import DEFAULTS, candidates, run_finals
from keras_pod.experiments.tune.hyper_model import MethodHyperModel
from keras_pod.experiments.tune.records import SearchWatch, Trials, ranked
from keras_pod.experiments.tune.workers import (
    Address,
    part_of_this_process,
    run_parallel,
)


def make_tuner(
    search: Search, folder: Path, model: MethodHyperModel | None = None
) -> keras_tuner.Tuner:
    """The search's tuner, going on with the trials in its folder."""
    return tuners.make(search.tuner, model or search.model(), folder, search.trials)


def tune(
    search: Search,
    out: str | os.PathLike = "runs/tune",
    workers: int = 1,
    confirm: int = 0,
    retrain: int = 0,
    console: Console | None = None,
) -> list[Record]:
    """Searches, and tells the best; goes on where an interrupted search stopped.

    With KerasTuner's environment variables (`KERASTUNER_TUNER_ID`, "chief" or a
    worker's own name, `KERASTUNER_ORACLE_IP`, `KERASTUNER_ORACLE_PORT`) it is the
    chief or a worker of a search on several machines, which share the folder.

    Args:
        search: the description.
        out: the folder; it gets results.jsonl, table.md, table.csv, search.png.
        workers: processes that train at the same time, each on its share of the
            cores.
        confirm: other seeds than the search's, so many, with which the best trials
            and the defaults are trained again and judged on the held-out images; the
            best mean, of those of which the fewest runs failed, is then the best.
        retrain: seeds with which the best and the defaults are trained on all
            training images and judged on the test images.
        console: where progress goes; standard output by default.

    Returns:
        the trials, best first.

    Raises:
        InputError: a bad description, or a folder that holds another search.
        RuntimeError: no trial succeeded, or none that was trained again; or a worker
            was killed.
    """
    console, folder = console or plain_console(), Path(out)
    for name, value, least in (
        ("workers", workers, 1),
        ("confirm", confirm, 0),
        ("retrain", retrain, 0),
    ):
        integer(f"--{name}", value, least)
    check_folder(folder)
    part, address = part_of_this_process()
    if part or workers > 1:
        leave_memory_to_others()
    with policy_put_back():
        model = search.model()
        if part not in (None, "chief"):
            description.wait_for(search, model, folder, console)
            make_tuner(search, folder, model).search(verbose=0)
            return []
        description.keep(search, model, folder)
        refusal = f"another process searches in {folder}; wait for it, or choose "
        with alone(folder / ".lock", refusal + "another --out."):
            records = _search(search, model, folder, workers, address, console)
            names = list(model.domains)
            ranking.draw(records, model.base, names, folder, console)
            ranking.show(records, model.base, names, folder, console)
            best = _best(records, model, folder, confirm, workers, console)
            if retrain:
                console.print("\non all training images, judged on the test images:")
                final = {DEFAULTS: model.base, "best": best}
                where = folder / "retrain"
                run_finals(final, retrain, where, console, workers, whole=True)
    console.print("\nthe best settings on all training images:")
    line = ranking.train_line(best, str(folder / "best"))
    console.print(f"  {line}", soft_wrap=True)
    return ranked(records)


def _search(
    search: Search,
    model: MethodHyperModel,
    folder: Path,
    workers: int,
    address: Address | None,
    console: Console,
) -> list[Record]:
    """Runs the trials that are left; returns all."""
    tuner, names = make_tuner(search, folder, model), list(model.domains)
    planned = tuners.planned_epochs(tuner)
    trials = Trials(folder)

    def refresh(records: list[Record]) -> None:
        ranking.write_tables(records, model.base, names, folder)
        if not tuners.may_go_on(tuner, len(records)):
            _keep_best_weights(records, folder)

    with SearchWatch(folder, names, planned, console, refresh):
        if len(trials.read()) >= len(planned):
            pass
        elif workers == 1 and address is None:
            tuner.search(verbose=0)
        else:
            make = functools.partial(make_tuner, search, folder)
            run_parallel(make, folder, workers, address)
    records = trials.read()
    if not any("result" in record for record in records):
        reason = records[0]["failed"] if records else "none was run"
        raise RuntimeError(f"no trial of the search succeeded: {reason}")
    refresh(records)
    return records


def _best(
    records: list[Record],
    model: MethodHyperModel,
    folder: Path,
    confirm: int,
    workers: int,
    console: Console,
) -> Settings:
    """The settings of the best trial, or of the best mean of several seeds."""
    if not confirm:
        return from_saved(ranked(records)[0]["settings"])
    named = candidates(records, model.base)
    console.print(
        f"\nthe best trials and the defaults with {confirm} other seeds each:"
    )
    rows = run_finals(named, confirm, folder / "confirm", console, workers)
    return named[rows[0].method]


def _keep_best_weights(records: list[Record], folder: Path) -> None:
    """Removes the other trials' weights: together they may fill a disk."""
    for record in ranked(records)[1:]:
        kept = folder / "trials" / f"trial_{record['trial']}" / "checkpoint.weights.h5"
        kept.unlink(missing_ok=True)
