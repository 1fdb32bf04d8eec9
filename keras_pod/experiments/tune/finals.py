"""The best of a search, trained again with several seeds, beside the defaults."""

import dataclasses
from pathlib import Path

from rich.console import Console

from keras_pod.core import markdown
from keras_pod.core.disk import write_whole
from keras_pod.core.printable import counted
from keras_pod.experiments.compare import comparison
from keras_pod.experiments.compare.plan import Plan
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.compare.runner import check_any_succeeded, run_all
from keras_pod.experiments.run.settings import Settings, from_saved
from keras_pod.experiments.tune.ranking import ranked

DEFAULTS = "defaults"
# How many of a search's best are compared.
CANDIDATES = 3


class Finals(Plan):
    """A comparison in which any setting may differ, not the method alone."""

    def label(self, settings: Settings) -> str:
        return next(
            name
            for name, own in self.methods.items()
            if dataclasses.replace(own, seed=settings.seed) == settings
        )


def candidates(records: list[Record], base: Settings) -> dict[str, Settings]:
    """The defaults and the best trials, by name, each settings once."""
    found = {DEFAULTS: base}
    for record in ranked(records):
        settings = from_saved(record["settings"])
        if "result" in record and settings not in found.values():
            found[f"trial {int(record['trial'])}"] = settings
        if len(found) > CANDIDATES:
            break
    return found


def run_finals(
    settings: dict[str, Settings],
    seeds: int,
    folder: Path,
    console: Console,
    jobs: int | None = 1,
    whole: bool = False,
) -> list[comparison.Row]:
    """Trains each with several seeds and compares them; goes on where it stopped.

    The settings, by name, have the search's seed. They are trained and judged on the
    search's parts of the images, with the seeds that follow; or on the `whole`, and
    judged on the test images. The rows, in the folder's table.md too, have the best
    mean first; those of which runs failed come after those of which fewer did.

    Raises:
        RuntimeError: all runs failed.
    """
    # The search's own seed on the search's own images is the trial itself.
    first, images = next(iter(settings.values())).seed + 1, "held-out"
    if whole:
        first, images = 0, "test"
        change = {"validation_split": 0.0, "limit": None}
        settings = {k: dataclasses.replace(s, **change) for k, s in settings.items()}
    plan = Finals(settings, tuple(range(first, first + seeds)), None)
    records = run_all(plan, folder, console, jobs)
    check_any_succeeded(records, f"remove {folder} to run them again")
    # The mean of the seeds that happened to succeed flatters.
    rows = sorted(comparison.rows(plan, records), key=lambda row: -row.seeds)
    columns = ["settings", f"accuracy on {images} images, %", "difference", "seeds"]
    cells = [
        [row.method, comparison.accuracy(row), comparison.difference(row), row.seeds]
        for row in rows
    ]
    note = (
        f"After the last epoch; mean of {counted(seeds, 'seed')} ± standard deviation; "
        "difference to the defaults, seed by seed, ± standard error."
    )
    text = "\n".join([*markdown.table(columns, cells), "", note, ""])
    write_whole(folder / "table.md", lambda path: path.write_text(text))
    console.print(text)
    return rows
