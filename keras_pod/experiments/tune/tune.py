"""tune: a search from its description to a folder with table, picture and best."""

import dataclasses
import os
from pathlib import Path

from rich.console import Console

from keras_pod.core.checks import integer
from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.experiments.compare import comparison
from keras_pod.experiments.compare.plan import Plan
from keras_pod.experiments.compare.processes import leave_memory_to_others
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.compare.runner import check_any_succeeded, run_all
from keras_pod.experiments.run.build import policy_put_back
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.run_folder import alone
from keras_pod.experiments.run.settings import Resolved, Settings, from_saved
from keras_pod.experiments.tune.ranking import Ranking, ranked, train_line
from keras_pod.experiments.tune.search import Search, keep, run_trials

DEFAULTS = "defaults"
# How many of a search's best are compared.
CANDIDATES = 3


def tune(
    search: Search,
    out: str | os.PathLike = "runs/tune",
    workers: int = 1,
    confirm: int = 0,
    retrain: int = 0,
    console: Console | None = None,
) -> list[Record]:
    """Search, and tell the best; go on where an interrupted search stopped.

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
    integer("--workers", workers, 1)
    integer("--confirm", confirm, 0)
    integer("--retrain", retrain, 0)
    check_folder(folder)
    if "KERASTUNER_ORACLE_IP" in os.environ:
        raise InputError(
            "KERASTUNER_ORACLE_IP: `tune` searches on one machine; for several, give "
            "`keras_pod.tuning.hypermodel` to a tuner of KerasTuner."
        )
    if workers > 1:
        leave_memory_to_others()
    refusal = f"another process searches in {folder}; wait for it, or choose "
    with policy_put_back():
        model = search.model()
        keep(search, model, folder)
        with alone(folder / ".lock", refusal + "another --out."):
            records = run_trials(search, model, folder, workers, console)
            ranking = Ranking(records, model.base, list(model.domains))
            ranking.show(folder, console)
            best = from_saved(ranking.order[0]["settings"])
            if confirm:
                named = candidates(records, model.base)
                rows = run_finals(named, confirm, folder / "confirm", console, workers)
                best = named[rows[0].method]
            if retrain:
                named = {DEFAULTS: model.base, "best": best}
                where = folder / "retrain"
                run_finals(named, retrain, where, console, workers, whole=True)
    console.print("\nthe best settings on all training images:")
    console.print(f"  {train_line(best, str(folder / 'best'))}", soft_wrap=True)
    return ranking.order


class Finals(Plan):
    """A comparison in which any setting may differ, not the method alone."""

    def label(self, settings: Settings) -> str:
        return next(
            name
            for name, own in self.methods.items()
            if dataclasses.replace(own, seed=settings.seed) == settings
        )


def candidates(records: list[Record], base: Resolved) -> dict[str, Resolved]:
    """The defaults and the best trials, by name, no settings among them twice."""
    found = {DEFAULTS: base}
    for record in ranked(records):
        settings = from_saved(record["settings"])
        if "result" in record and settings not in found.values():
            found[f"trial {int(record['trial'])}"] = settings
        if len(found) > CANDIDATES:
            break
    return found


def run_finals(
    settings: dict[str, Resolved],
    seeds: int,
    folder: Path,
    console: Console,
    jobs: int | None = 1,
    whole: bool = False,
) -> list[comparison.Row]:
    """Train each with several seeds and compare them; go on where it stopped.

    The settings, by name, have the search's seed. They are trained and judged on the
    search's parts of the images, with the seeds that follow; or on the `whole`, and
    judged on the test images. The rows have the best mean first; those of which runs
    failed come after those of which fewer did.

    Raises:
        RuntimeError: all runs failed.
    """
    # The search's own seed on the search's own images is the trial itself.
    first, images = next(iter(settings.values())).seed + 1, "held-out"
    if whole:
        first, images = 0, "test"
        settings = {
            k: dataclasses.replace(s, validation_split=0.0, limit=None)
            for k, s in settings.items()
        }
    plan = Finals(settings, tuple(range(first, first + seeds)), None)
    told = f"{counted(seeds, 'seed')}, {images} images"
    console.print(f"\nthe best and the defaults, {told}:")
    records = run_all(plan, folder, console, jobs)
    check_any_succeeded(records, f"remove {folder} to run them again")
    # The mean of the seeds that happened to succeed flatters.
    rows = sorted(comparison.rows(plan, records), key=lambda row: -row.seeds)
    comparison.write_tables(rows, plan, folder)
    comparison.show(rows, plan, folder, console)
    return rows
