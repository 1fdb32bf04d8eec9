"""The `keras_tuner.HyperModel` of a method: what is searched, built and trained."""

import dataclasses
import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras_tuner.engine.hyperparameters import Choice, Fixed
from keras_tuner.src.engine.tuner_utils import SaveBestEpoch
from rich.console import Console

from keras_pod.callbacks import Resume
from keras_pod.core.disk import write_whole
from keras_pod.core.errors import InputError
from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.option import merged
from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.evenness import centroid_line
from keras_pod.experiments.run.progress import RunLog, TrainingDiverged
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, parse_method
from keras_pod.experiments.run.train import fitting, load_data
from keras_pod.experiments.tune import spaces
from keras_pod.experiments.tune.domain import Domain
from keras_pod.layers import PEDCC


def hypermodel(
    backbone: str | keras.Model = "auto",
    data: str | os.PathLike | ImageSet = "digits",
    loss: str = "pod",
    search: str = "",
    fixed: Mapping[str, Any] | None = None,
    grid: bool = False,
    **settings: Any,
) -> "MethodHyperModel":
    """A method's search space and training, for any tuner of KerasTuner.

    Trials are judged on held-out training images, never on the test images, by the
    accuracy after their last epoch; that epoch's weights are also what the tuner
    keeps. `NormAdaptiveDelta` and the other callbacks of a run are made anew for
    each trial. A trial whose loss is no longer a number is failed.

    Every hyperparameter can be fixed: here with `fixed`, by not naming it in
    `search`, or with `HyperParameters.Fixed` given to the tuner.

    Args:
        backbone: a name for `keras_pod.models.backbone`, or a model from normalised
            images to features, (batch, n), whose weights every trial starts from.
        data: a name or path for `keras_pod.data.load`; or what that returned, with
            a `validation_split`, since trials are judged on its `test`.
        loss: a method of `keras_pod.methods`, with options as in "pod:lam=0.1".
        search: what is searched, as in "alpha,lam=0.01:100,dim=32/64": names, each
            with a span or values of its own if wanted. By default the method's own
            hyperparameters and the learning rate, where the papers tell to search.
        fixed: values by name, of the method's options or of `dim`, `lr`, `l2`,
            `schedule` and `warmup`.
        grid: whether the values are to be those of a grid, for `GridSearch`.
        **settings: of `keras_pod.experiments.run.settings.Settings`: `epochs` (for
            `Hyperband` its `max_epochs`: schedules are spread over them), `seed`,
            `batch_size`, `limit`, ...; `validation_split` is 0.2 unless given.

    Raises:
        InputError: a name or value that there is not, a name with two values, or data
            whose `test` are the test images.

    Example:

    >>> import keras_tuner
    >>> model = keras_pod.tuning.hypermodel("resnet8-4", "digits", "pod", "alpha,lam")
    >>> hp = keras_tuner.HyperParameters()
    >>> model.settings(hp).options["lam"], list(hp.values)
    (1.0, ['alpha', 'lam'])
    """
    named = isinstance(backbone, str)
    written = f"--loss {loss}"
    loss, options = parse_method(loss)
    values = [(written, *option) for option in options.items()]
    values += [(f"--fix {k}={v}", k, v) for k, v in (fixed or {}).items()]
    fixed = merged(values)
    spaces.check_fixed(loss, fixed)
    of_settings = {k: v for k, v in fixed.items() if k in spaces.ON_REQUEST}
    of_method = {k: v for k, v in fixed.items() if k not in of_settings}
    given = settings | of_settings | {"loss": loss, "options": of_method}
    given["backbone"] = backbone if named else backbone.name
    if isinstance(data, ImageSet):
        base = Settings(**given, data=data.name, batch_size=data.batch_size)
        share, loaded = data.validation_split, data
    else:
        base = Settings(**{"validation_split": 0.2} | given, data=os.fspath(data))
        share, loaded = base.validation_split, None
    base.check_curves("tune")
    # A set that `load` did not make has the `test` that its maker wants.
    if share is not None and not 0 < share < 1:
        raise InputError(
            f"--validation-split must be in (0, 1): {share}; without one, trials "
            "would be judged on the test images."
        )
    loaded = load_data(base) if loaded is None else loaded
    domains = spaces.chosen(search, loss, loaded.num_classes, grid, fixed)
    base = base.resolve(loaded.num_classes)
    return MethodHyperModel(base, loaded, domains, grid, None if named else backbone)


class MethodHyperModel(keras_tuner.HyperModel):
    """What `hypermodel` returns.

    Args:
        base: resolved settings; those searched are replaced in each trial.
        data: of `keras_pod.data`; trials are judged on its `test`.
        domains: where each hyperparameter is searched, by name.
        grid: whether the values are those of a grid.
        backbone: stands in for the one that `base` names.

    Attributes:
        remove_checkpoints: whether `fit` removes those of a trial at its end; a tuner
            that does so itself sets it to False.
        centroids: how even those of the last model that was trained are, as `train`
            says it; None where it had none.
    """

    remove_checkpoints = True
    centroids: str | None = None

    def __init__(
        self,
        base: Settings,
        data: ImageSet,
        domains: dict[str, Domain],
        grid: bool = False,
        backbone: keras.Model | None = None,
    ) -> None:
        super().__init__()
        self.base, self.data, self.domains = base, data, domains
        self.grid, self.backbone = grid, backbone

    def settings(self, hp: keras_tuner.HyperParameters) -> Settings:
        """The settings of a trial; makes the hyperparameters known to `hp`."""
        found: dict[str, Any] = {}
        for name in self.domains:
            value = self._value(hp, name, found)
            if value is not None:
                found[name] = value
        own = {k: v for k, v in found.items() if k in self.base.options}
        rest = {k: v for k, v in found.items() if k not in own}
        options = {**self.base.options, **own}
        return dataclasses.replace(self.base, options=options, **rest)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """The trial's compiled model, its optimizer built."""
        settings = self.settings(hp)
        settings.check()
        model = build(settings, self.data, self._fresh_backbone())
        # Weights of an optimizer that is not built are skipped without a word when
        # Hyperband goes on with a model.
        model.optimizer.build(model.trainable_variables)
        return model

    def fit(
        self, hp: keras_tuner.HyperParameters, model: keras.Model, **kwargs: Any
    ) -> dict[str, float]:
        """Trains a trial and returns the last epoch's numbers.

        Goes on where the trial was interrupted, if the tuner has a folder for it.

        Args:
            **kwargs: as KerasTuner gives them: callbacks, and perhaps the epochs.

        Raises:
            FailedTrialError: the loss is no longer a number.
        """
        settings = self.settings(hp)
        head = model.head
        self.centroids = centroid_line(head) if isinstance(head, PEDCC) else None
        batches, callbacks = fitting(model, settings, self.data)
        given = list(kwargs.pop("callbacks", ()))
        savers = [c for c in given if isinstance(c, SaveBestEpoch)]
        # The best epoch's weights are not those of the accuracy that counts, and
        # Hyperband would go on with another delta than an uninterrupted run has.
        callbacks += [c for c in given if c not in savers]
        arguments = {"epochs": settings.epochs, "verbose": 0, "shuffle": False}
        arguments |= {"validation_data": self.data.test} | kwargs

        def train(before: list[keras.callbacks.Callback]) -> dict[str, list]:
            order = [*before, *callbacks]
            return model.fit(batches, callbacks=order, **arguments).history

        if not savers:
            history = train([keras.callbacks.TerminateOnNaN()])
            last = {name: float(values[-1]) for name, values in history.items()}
            if not math.isfinite(last["loss"]):
                raise keras_tuner.errors.FailedTrialError(f"loss {last['loss']}")
            return last
        path = Path(savers[0].filepath)
        rows = _in_folder(train, RunFolder(path.parent), settings.seed, len(batches))
        write_whole(path, model.save_weights, durable=True)
        if self.remove_checkpoints:
            # Last: a trial that has them goes on with them.
            shutil.rmtree(path.parent / "checkpoints", ignore_errors=True)
        return {k: v for k, v in rows[-1].items() if v is not None and k != "epoch"}

    def _value(
        self, hp: keras_tuner.HyperParameters, name: str, found: dict[str, Any]
    ) -> Any:
        """A hyperparameter's value; None where it does not count."""
        if _is_fixed(hp, name):
            return hp.get(name)
        if name == "gamma" and self._on_ridge:
            scale = self.base.options["scale"]
            near = self.base.options["gamma"] / scale
            ratio = spaces.RIDGE.declare(hp, "gamma_per_scale", near, grid=False)
            return float(f"{ratio * found.get('scale', scale):.4g}")
        parent, counts = spaces.DEPENDS.get(name, (None, None))
        if parent is None:
            return self._declare(hp, name)
        choice = _choice(hp, parent)
        if choice is None:
            known = found.get(parent, spaces.usual(self.base, parent))
            return self._declare(hp, name) if counts(known) else None
        with hp.conditional_scope(parent, [v for v in choice.values if counts(v)]):
            return self._declare(hp, name)

    def _declare(self, hp: keras_tuner.HyperParameters, name: str) -> Any:
        default = spaces.usual(self.base, name)
        return self.domains[name].declare(hp, name, default, self.grid)

    @property
    def _on_ridge(self) -> bool:
        """Whether gamma is searched relative to s, as nobody named a place for it."""
        known = spaces.OPTIONS.get(self.base.loss, {}).get("gamma")
        searched = self.domains["gamma"] == known and not self.grid
        return searched and self.base.loss == "rbf-softmax"

    def _fresh_backbone(self) -> keras.Model | None:
        """A copy with the same initial weights for every trial."""
        if self.backbone is None:
            return None
        copy = keras.models.clone_model(self.backbone)
        copy.set_weights(self.backbone.get_weights())
        return copy


def _in_folder(train: Any, folder: RunFolder, seed: int, steps: int) -> list[dict]:
    """Trains with a history file and checkpoints; returns the rows of the history."""
    resume = Resume(folder.checkpoints, seed=seed)
    with (folder.path / "log.txt").open("a") as text:
        log = RunLog(folder, resume, steps, Console(file=text, width=120))
        try:
            train([resume, log])
        except TrainingDiverged as error:
            raise keras_tuner.errors.FailedTrialError(str(error)) from error
        finally:
            log.close()
    return log.rows


def _is_fixed(hp: keras_tuner.HyperParameters, name: str) -> bool:
    return any(isinstance(p, Fixed) and p.name == name for p in hp.space)


def _choice(hp: keras_tuner.HyperParameters, name: str) -> Choice | None:
    found = (p for p in hp.space if isinstance(p, Choice) and p.name == name)
    return next(found, None)
