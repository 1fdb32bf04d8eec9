"""The runs of a report: loaded, named, and put together by their data."""

import dataclasses
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.data.names import is_path
from keras_pod.experiments.papers.evidence import Result, grouped
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import with_defaults

# Longer names do not fit beside a figure or above a column.
LONGEST_NAME = 32


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run: its run.json and its rows of history.csv.

    The method is its name for all seeds, the label its own.
    """

    folder: RunFolder
    content: dict[str, Any]
    history: list[dict[str, Any]]
    method: str = ""
    label: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """Its settings; those that are younger than the run are their defaults."""
        return with_defaults(self.content["settings"])

    @property
    def seed(self) -> int:
        return self.settings["seed"]

    @property
    def held_out(self) -> str:
        """The images that it was measured on."""
        return "validation" if self.settings.get("validation_split") else "test"

    @property
    def place(self) -> str:
        """Its data, the same however a path to them was written."""
        data = self.settings["data"]
        return str(Path(data).expanduser().resolve()) if is_path(data) else data

    @property
    def comparable(self) -> dict[str, Any]:
        """The settings that decide which runs may be compared."""
        backend = self.content.get("backend")
        return self.settings | {"data": self.place, "backend": backend}

    @property
    def protocol(self) -> str:
        """A text that is the same for all runs that may be compared."""
        return Result(self.method, self.comparable, {}).shared()


@dataclasses.dataclass(frozen=True)
class Group:
    """The runs on the same images; seeds of a method are beside each other."""

    runs: list[Run]

    @property
    def title(self) -> str:
        """The images, in words."""
        run, data = self.runs[0], self.runs[0].content["data"]
        shape = "×".join(map(str, data["image_shape"]))
        images = counted(data["num_test"], f"{run.held_out} image")
        classes = len(data["class_names"])
        return f"{run.place}: {classes} classes, {shape} pixels, {images}"

    @property
    def validated(self) -> bool:
        """Tell whether every run was validated after every epoch."""
        rows = (row for run in self.runs for row in run.history)
        return all(row["val_accuracy"] is not None for row in rows)

    @property
    def methods(self) -> dict[str, list[Run]]:
        """The runs of each method, seed by seed."""
        return grouped(self.runs, lambda run: run.method)


def read(folders: Sequence[str | os.PathLike]) -> list[Group]:
    """The runs of some folders, by their data.

    InputError for a folder without a finished run, or one that is named twice.
    """
    runs = [_read(folder) for folder in folders]
    seen: dict[Any, Run] = {}
    for run in runs:
        twin = seen.setdefault(run.folder.path.resolve(), run)
        if twin is not run:
            raise InputError(f"{run.folder.path} is named twice; name it once.")
    return [Group(_named(own)) for own in grouped(runs, _data_key).values()]


def _read(folder: str | os.PathLike) -> Run:
    files = RunFolder(folder)
    content, history = files.read_json(), files.read_history()
    if content and "extended" in content:
        raise InputError(
            f"{files.path} is an extended run, which has no history to report; "
            "`keras-pod evaluate` measures it."
        )
    finished = history and files.model.exists()
    if content is None or "result" not in content or not finished:
        raise files.unfinished(content, "run.json, history.csv and model.keras")
    return Run(files, content, history)


def _data_key(run: Run) -> str:
    data, settings = run.content["data"], run.settings
    parts = [run.place, settings.get("validation_split")]
    return json.dumps([*parts, data["class_names"], data["image_shape"]])


def _named(runs: list[Run]) -> list[Run]:
    """The runs with names that tell them apart, seeds of a method together."""
    named = []
    for method, own in grouped(runs, lambda run: _name(run, runs)).items():
        if len(method) > LONGEST_NAME:
            # A table says what differs.
            method = f"{own[0].settings['loss']} as in {own[0].folder.path.name}"
        seeds = [run.seed for run in own]
        for run in sorted(own, key=lambda run: run.seed):
            name = method
            label = method if len(own) == 1 else f"{method}, seed {run.seed}"
            if seeds.count(run.seed) > 1:
                # Runs that differ in versions, or in what was measured, only.
                label = name = f"{label} ({run.folder.path})"
            named.append(dataclasses.replace(run, method=name, label=label))
    return named


def _name(run: Run, runs: list[Run]) -> str:
    """The run's loss, with what differs between the runs of that loss."""
    alike = [r for r in runs if r.settings["loss"] == run.settings["loss"]]
    own = flat(run.settings)
    # A measure besides, or another way to write a path, makes no other method.
    same = ("seed", "measure", "validate_every", "data")
    names = [n for n in differing(alike) if n not in same]
    parts = [run.settings["loss"], *(f"{n}={short(own.get(n))}" for n in names)]
    if len({r.content.get("backend") for r in alike}) > 1:
        parts.append(run.content.get("backend"))
    return ", ".join(parts)


def flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with the loss's options among them.

    >>> flat({"loss": "pod", "options": {"lam": 1.0}})
    {'loss': 'pod', 'lam': 1.0}
    """
    rest = {k: v for k, v in settings.items() if k != "options"}
    return rest | settings.get("options", {})


def differing(runs: Iterable[Run]) -> list[str]:
    """The names of settings that are not the same in all runs."""
    all_flat = [flat(run.settings) for run in runs]
    names = dict.fromkeys(name for own in all_flat for name in own)
    return [n for n in names if len({short(own.get(n)) for own in all_flat}) > 1]


def short(value: Any) -> str:
    """A setting as text."""
    return f"{value:g}" if isinstance(value, float) else str(value)
