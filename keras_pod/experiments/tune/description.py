"""The description of a search, and search.json, which holds it in its folder."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from keras_pod.core.checks import integer
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.experiments.run.build import refused_by
from keras_pod.experiments.run.json_files import read_json, write_json
from keras_pod.experiments.run.settings import SHAPE, with_defaults
from keras_pod.experiments.tune import tuners
from keras_pod.experiments.tune.hyper_model import MethodHyperModel, hypermodel

_SHAPE = {"settings": SHAPE, "searched": dict, "tuner": str, "backend": str}


@dataclasses.dataclass(frozen=True)
class Search:
    """A search as plain data that another process can be given.

    Args:
        loss: a method, with options as in "pod:lam=0.1".
        search: as in `keras_pod.tuning.hypermodel`.
        fixed: values by name.
        tuner: one of `keras_pod.experiments.tune.tuners.TUNERS`.
        trials: at most so many; None for 20, or all of a grid or a Hyperband.
        settings: others of `keras_pod.experiments.settings.Settings`.
        log: trackers that get each trial's numbers too.
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
        model = hypermodel(
            loss=self.loss,
            search=self.search,
            fixed=self.fixed,
            grid=self.tuner == "grid",
            **self.settings,
        )
        model.log = self.log
        return model

    def make_tuner(
        self, folder: Path, model: MethodHyperModel | None = None
    ) -> keras_tuner.Tuner:
        """Its tuner, going on with the trials in the folder."""
        return tuners.make(self.tuner, model or self.model(), folder, self.trials)


def keep(search: Search, model: MethodHyperModel, folder: Path) -> None:
    """Writes search.json, or refuses a folder that holds another search.

    The number of trials may differ: a search can be made longer.

    Raises:
        InputError: another search, or settings that layers and losses refuse.
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
        write_json(path, wanted)
    had = read_json(path, _SHAPE, "a search")
    had["settings"] = with_defaults(had["settings"])
    differ = [name for name, value in wanted.items() if had[name] != value]
    if differ:
        raise InputError(
            f"{folder} holds another search ({', '.join(differ)} differ: "
            f"{had[differ[0]]} -> {wanted[differ[0]]}); choose another --out."
        )
