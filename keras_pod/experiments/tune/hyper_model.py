"""The `keras_tuner.HyperModel` of a method: what is searched, built and trained."""

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras_tuner.src.engine.tuner_utils import SaveBestEpoch

from keras_pod.core.disk import write_model, write_whole
from keras_pod.core.errors import InputError
from keras_pod.data.image_set import ImageSet
from keras_pod.data.in_memory.from_arrays import from_arrays
from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.fitting import fit
from keras_pod.experiments.run.options import merged, parse_method
from keras_pod.experiments.run.progress import TrainingDiverged
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import SEARCHED, Resolved, Settings
from keras_pod.experiments.run.trackers import tracking
from keras_pod.experiments.run.train import load_data
from keras_pod.experiments.tune import spaces
from keras_pod.methods.hyperparameters import Domain


def hypermodel(
    backbone: str | keras.Model = "auto",
    data: str | os.PathLike | ImageSet | tuple[Any, Any] = "digits",
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

    `tuner.search()` trains on `data`; `tuner.search(x, y, validation_split=0.2)`, or
    with `validation_data`, on other arrays of the same shape and classes.

    Every hyperparameter can be fixed: here with `fixed`, by not naming it in
    `search`, or with `HyperParameters.Fixed` given to the tuner.

    Args:
        backbone: a name for `keras_pod.models.backbone`, or a model from normalised
            images to features, (batch, n), whose weights every trial starts from.
        data: a name or path for `keras_pod.data.load`; or what that returned, with
            a `validation_split`, since trials are judged on its `test`; or arrays
            (images, labels) for `keras_pod.data.from_arrays`.
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

    >>> import keras_tuner
    >>> model = keras_pod.tuning.hypermodel("resnet8-4", "digits", "pod", "alpha,lam")
    >>> hp = keras_tuner.HyperParameters()
    >>> model.settings(hp).options["lam"], list(hp.values)
    (1.0, ['alpha', 'lam'])
    """
    if isinstance(data, tuple):
        names = ("validation_split", "batch_size", "seed")
        data = from_arrays(*data, **{k: settings[k] for k in names if k in settings})
        settings.pop("batch_size", None)
    own = None if isinstance(backbone, str) else backbone
    loss, options = parse_method(loss)
    fixed = merged([*options.items(), *(fixed or {}).items()])
    given = settings | {k: v for k, v in fixed.items() if k in SEARCHED}
    options = {k: v for k, v in fixed.items() if k not in SEARCHED}
    given |= {"loss": loss, "options": options}
    given["backbone"] = backbone if own is None else own.name
    if isinstance(data, ImageSet):
        base = Settings(**given, data=data.name, batch_size=data.batch_size)
        share = data.validation_split
    else:
        base = Settings(**{"validation_split": 0.2} | given, data=os.fspath(data))
        share = base.validation_split
    base.check_curves("tune")
    if own is None:
        base.check_frozen()
    # A set that `load` did not make has the `test` that its maker wants.
    if share is not None and not 0 < share < 1:
        raise InputError(
            f"--validation-split must be in (0, 1): {share}; without one, trials "
            "would be judged on the test images."
        )
    if not isinstance(data, ImageSet):
        data = load_data(base)
    domains = spaces.chosen(search, loss, data.num_classes, grid, fixed)
    base = base.resolve(data.num_classes, data.num_train)
    return MethodHyperModel(base, data, domains, grid, own)


class MethodHyperModel(keras_tuner.HyperModel):
    """The hypermodel of a method, as `hypermodel` makes it.

    Args:
        base: resolved settings; those searched are replaced in each trial.
        data: of `keras_pod.data`; trials are judged on its `test`.
        domains: where each hyperparameter is searched, by name.
        grid: whether the values are those of a grid.
        backbone: stands in for the one that `base` names.

    Attributes:
        log: trackers that get the numbers of trials in a tuner's folder too, with
            files in logs there.
    """

    log: tuple[str, ...] = ()

    def __init__(
        self,
        base: Resolved,
        data: ImageSet,
        domains: dict[str, Domain],
        grid: bool = False,
        backbone: keras.Model | None = None,
    ) -> None:
        super().__init__()
        self.base, self.data, self.domains = base, data, domains
        self.grid, self.backbone = grid, backbone

    def settings(self, hp: keras_tuner.HyperParameters) -> Resolved:
        """The settings of a trial; makes the hyperparameters known to `hp`."""
        classes = self.data.num_classes
        found = spaces.trial_values(hp, self.domains, self.base, classes, self.grid)
        own = {k: found.pop(k) for k in self.base.options if k in found}
        return dataclasses.replace(self.base, options=self.base.options | own, **found)

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
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        x: Any = None,
        y: Any = None,
        **kwargs: Any,
    ) -> dict[str, float]:
        """Train a trial and return the last epoch's numbers.

        A trial that was interrupted goes on, if the tuner has a folder for it.

        Args:
            hp: the trial's values.
            model: what `build` made of them.
            x, y: images and labels to train on instead of `data`.
            **kwargs: as KerasTuner gives them: callbacks, perhaps epochs, and with
                `x` also `validation_split` or `validation_data`.

        Raises:
            FailedTrialError: the loss is no longer a number.
            FatalValueError: arrays that do not fit.
        """
        settings = self.settings(hp)
        data = self.data if x is None else self._given(x, y, settings, kwargs)
        given = list(kwargs.pop("callbacks", ()))
        savers = [c for c in given if isinstance(c, SaveBestEpoch)]
        # The best epoch's weights are not those of the accuracy that counts, and
        # Hyperband would go on with another delta than an uninterrupted run has.
        callbacks = [c for c in given if c not in savers]
        with contextlib.ExitStack() as stack:
            if savers:
                path = Path(savers[0].filepath)
            else:
                # Without a tuner there is no place for the trial.
                place = stack.enter_context(tempfile.TemporaryDirectory())
                path = Path(place) / "trial" / "checkpoint.weights.h5"
            folder = RunFolder(path.parent)
            folder.path.mkdir(parents=True, exist_ok=True)
            logs = path.parents[1] / "logs" / path.parent.name
            callbacks += stack.enter_context(tracking(self.log, logs, settings))
            text = stack.enter_context((folder.path / "log.txt").open("a"))
            console = plain_console(file=text, width=120)
            try:
                rows = fit(model, settings, data, folder, console, callbacks, **kwargs)
            except TrainingDiverged as error:
                raise keras_tuner.errors.FailedTrialError(str(error)) from error
            save = model.save_weights
            write_whole(path, lambda beside: write_model(beside, save), durable=True)
            # Last: a trial that has them goes on with them.
            shutil.rmtree(folder.checkpoints, ignore_errors=True)
        return {k: v for k, v in rows[-1].items() if v is not None and k != "epoch"}

    def _given(
        self, x: Any, y: Any, settings: Settings, kwargs: dict[str, Any]
    ) -> ImageSet:
        """The arrays of `tuner.search(x, y, ...)` as data like the hypermodel's own.

        What is about them is taken out of `kwargs`. Errors end the search: any other
        trial would have them too.
        """
        names = ("validation_split", "validation_data", "batch_size")
        chosen = {name: kwargs.pop(name) for name in names if name in kwargs}
        chosen = {"batch_size": settings.batch_size, "seed": settings.seed} | chosen
        try:
            data = from_arrays(x, y, **chosen)
        except InputError as error:
            raise keras_tuner.errors.FatalValueError(f"search: {error}") from error
        own = self.data.num_classes, self.data.image_shape
        if (data.num_classes, data.image_shape) != own:
            raise keras_tuner.errors.FatalValueError(
                f"search: {data} does not fit the hypermodel's {self.data}; give "
                "hypermodel(data=(x, y))."
            )
        return data

    def _fresh_backbone(self) -> keras.Model | None:
        """A copy with the same initial weights for every trial."""
        if self.backbone is None:
            return None
        copy = keras.models.clone_model(self.backbone)
        copy.set_weights(self.backbone.get_weights())
        return copy
