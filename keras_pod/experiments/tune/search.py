"""A search: its description, search.json, which holds it, and its trials."""

import contextlib
import dataclasses
import functools
import os
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from rich.console import Console

from keras_pod.core.checks import integer
from keras_pod.core.errors import unknown_name
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.processes import run_side_by_side
from keras_pod.experiments.compare.progress import Watch
from keras_pod.experiments.compare.results import Record, Results
from keras_pod.experiments.compare.runner import check_any_succeeded
from keras_pod.experiments.run import run_json
from keras_pod.experiments.run.build import refused_by
from keras_pod.experiments.run.json_files import read_json, write_json
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import SHAPE, with_defaults
from keras_pod.experiments.tune import tuners
from keras_pod.experiments.tune.hyper_model import MethodHyperModel, hypermodel
from keras_pod.experiments.tune.ranking import Ranking, shown

_SHAPE = {
    "settings": SHAPE,
    "searched": dict,
    "tuner": str,
    "backend": str,
    "images?": dict,
}


@dataclasses.dataclass(frozen=True)
class Search:
    """A search as plain data that another process can be given.

    `loss`, `search` and `fixed` are arguments of `keras_pod.tuning.hypermodel`, and so
    are `settings`; `tuner` is one of `TUNERS`, which makes at most so many `trials`,
    None being 20, or all of a grid or a Hyperband; `log` are trackers.
    """

    loss: str = "pod"
    search: str = ""
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    tuner: str = "random"
    trials: int | None = None
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    log: tuple[str, ...] = ()

    def model(self) -> MethodHyperModel:
        """The search's hypermodel.

        Raises:
            InputError: something in the description that there is not.
        """
        if self.tuner not in tuners.TUNERS:
            raise unknown_name("tuner", self.tuner, tuners.TUNERS)
        if self.trials is not None:
            integer("--trials", self.trials, 1)
        named, grid = {"loss": self.loss, "search": self.search}, self.tuner == "grid"
        model = hypermodel(**named, fixed=self.fixed, grid=grid, **self.settings)
        model.log = self.log
        return model

    def make_tuner(
        self, folder: Path, model: MethodHyperModel | None = None
    ) -> keras_tuner.Tuner:
        """Its tuner, going on with the trials in the folder."""
        return tuners.make(self.tuner, model or self.model(), folder, self.trials)


def keep(search: Search, model: MethodHyperModel, folder: Path) -> None:
    """Write search.json, or refuse a folder that holds another search.

    The number of trials may differ: a search can be made longer.

    Raises:
        InputError: another search or other images, or settings that layers and losses
            refuse.
    """
    path = folder / "search.json"
    wanted = {
        "settings": dataclasses.asdict(model.base),
        "searched": {name: repr(domain) for name, domain in model.domains.items()},
        "tuner": search.tuner,
        "backend": keras.backend.backend(),
    }
    if not path.exists():
        # Layers and losses refuse bad values here, before there is a folder.
        with refused_by(search.loss):
            model.build(keras_tuner.HyperParameters())
        write_json(path, wanted | {"images": run_json.description(model.data)})
    had = read_json(path, _SHAPE, "a search")
    run_json.check_same_data(had.pop("images", {}), model.data, folder)
    had |= with_defaults(had.pop("settings"))
    wanted |= wanted.pop("settings")
    both = had, wanted
    names = [", ".join(described["searched"]) for described in both]
    if names[0] != names[1]:
        # With the places of each, nobody would find the difference.
        for described, told in zip(both, names, strict=True):
            described["searched"] = told
    run_json.refuse_changes(folder, "another search", had, wanted)


def run_trials(
    search: Search,
    model: MethodHyperModel,
    folder: Path,
    workers: int,
    console: Console,
) -> list[Record]:
    """Run the trials that are left; return all."""
    tuner, names = search.make_tuner(folder, model), list(model.domains)
    planned, results = tuner.oracle.planned(model.base.epochs), Results(folder)

    def under_way(ended: list[Record]) -> list[RunFolder]:
        done = {f"trial_{record['trial']}" for record in ended}
        paths = (folder / "trials").glob("trial_*")
        return [RunFolder(path) for path in paths if path.name not in done]

    def name(record: Record) -> str:
        values = ", ".join(f"{n} {shown(record, n)}" for n in names)
        return f"trial {int(record['trial'])}, {values}"

    def refresh(records: list[Record]) -> None:
        ranking = Ranking(records, model.base, names)
        ranking.write(folder)
        # A Hyperband goes on from weights, also one that is made longer later. Others
        # need the best trial's alone: together they may fill a disk.
        if search.tuner != "hyperband":
            for record in ranking.order[1:]:
                trial = folder / "trials" / f"trial_{record['trial']}"
                (trial / "checkpoint.weights.h5").unlink(missing_ok=True)

    size = len(planned), sum(planned)
    title = f"{counted(size[0], 'trial')}, {counted(size[1], 'epoch')}"
    title += f", over {', '.join(names)}"
    with Watch(console, title, *size, results.read, under_way, name, refresh):
        if len(results.read()) < len(planned):
            if workers == 1:
                tuner.search(verbose=0)
            else:
                _run_parallel(search, tuner, folder, workers)
    records = results.read()
    check_any_succeeded(records, "search elsewhere, with another --out")
    refresh(records)
    return records


def _run_parallel(search: Search, tuner: Any, folder: Path, workers: int) -> None:
    """Lead KerasTuner's own workers, each a process, as their chief.

    If one is lost, RuntimeError is raised, and the same search goes on from what it
    had recorded.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # KerasTuner reads from these who is the chief, and where.
    chief = {"TUNER_ID": "chief", "ORACLE_IP": "127.0.0.1", "ORACLE_PORT": port}
    chief = {f"KERASTUNER_{name}": value for name, value in chief.items()}
    os.environ |= chief
    # It ends up to 20 s after its last worker, and is not waited for.
    threading.Thread(target=tuner.search, kwargs={"verbose": 0}, daemon=True).start()
    try:
        names = [f"worker-{i}" for i in range(workers)]
        calls = [functools.partial(_work, search, folder, name) for name in names]
        run_side_by_side(calls, folder / "workers")
    finally:
        for name in chief:
            del os.environ[name]


def _work(search: Search, folder: Path, name: str) -> None:
    os.environ["KERASTUNER_TUNER_ID"] = name
    # KerasTuner prints what it sends.
    with contextlib.redirect_stdout(sys.stderr):
        search.make_tuner(folder).search(verbose=0)
