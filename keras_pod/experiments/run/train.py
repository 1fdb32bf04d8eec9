"""train: one run from settings to a folder with model, history and picture."""

from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from keras_pod import data as datasets
from keras_pod import distribution
from keras_pod.experiments.run import measures
from keras_pod.experiments.run.build import build, policy_put_back
from keras_pod.experiments.run.console import plain_console, save_picture, show_files
from keras_pod.experiments.run.fitting import fit
from keras_pod.experiments.run.run_folder import RESULT, RunFolder, alone
from keras_pod.experiments.run.run_json import existing_run, new_run
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.trackers import tracking

# The settings that are arguments of `data.load`.
_OF_DATA: tuple[str, ...] = ("batch_size", "seed", "validation_split", "limit")
_OF_DATA += ("imbalance", "class_balanced", "unseen_classes", "drop_last")

# The published code of RBF-Softmax has these.
_AUGMENT: dict[str, datasets.Augmentation | datasets.RandomResizedCrop] = {
    "pca-jitter": datasets.RandomResizedCrop(pca_jitter=0.1),
    "legacy-crop": datasets.Augmentation(pad_value="mean", legacy_crop=True),
}


def train(
    settings: Settings,
    out: str | Path,
    console: Console | None = None,
    save: bool = True,
    devices: int = 1,
    log: tuple[str, ...] = (),
    log_folder: Path | None = None,
) -> dict[str, Any]:
    """Train in the folder `out`, from where its run was stopped; return its run.json.

    With `save` the model and the picture are kept as well as the numbers. So many
    `devices` share every batch. The trackers of `log` get the numbers too, with files
    in `log_folder`, by default logs in the run's folder.

    Raises:
        InputError: bad settings or data, or a folder that holds another run.
        TrainingDiverged: the loss is no longer a number.
        OSError: something cannot be written, for example on a full disk; what is
            there is whole, and the same call goes on from it.
    """
    console = console or plain_console()
    # TensorFlow divides its CPU only until it is used, so this comes before the data.
    scope = distribution.devices(devices)
    data = load_data(settings)
    settings = settings.resolve(data.num_classes, data.num_train)
    folder = RunFolder(out)
    if run := _finished(folder, settings, data, console):
        return run
    console.print(
        f"{settings.loss} on {data}; backbone {settings.backbone}; {_where(devices)}",
        soft_wrap=True,
    )
    options = ", ".join(f"{name}={value}" for name, value in settings.options.items())
    console.print(f"{options or 'no options'}; neck {settings.neck}", soft_wrap=True)
    warn_of_short_batch(settings, data.num_train, console)
    with scope, policy_put_back():
        model = build(settings, data)
        measures.check(settings.measure, model, data)
        other = f"another process is training in {folder.path}"
        refusal = f"{other}; wait for it, or choose another --out."
        with alone(folder.checkpoints / ".lock", refusal):
            # Another process may have ended it meanwhile.
            if run := _finished(folder, settings, data, console):
                return run
            folder.remove_leftovers()
            run = folder.read_json() or new_run(settings, data, folder)
            # A run may go on with another number of devices.
            folder.write_json(run | {"devices": devices})
            run = folder.content()
            where = log_folder or folder.path / "logs"
            with (
                distribution.synchronised(model),
                tracking(log, where, settings) as callbacks,
            ):
                rows = fit(model, settings, data, folder, console, callbacks)
            if save:
                folder.write_model(model, durable=True)
                draw(folder, run, console)
            run["result"] = result_of(rows) | {"parameters": model.count_params()}
            run["result"] |= measures.measure(settings.measure, model, data)
            if data.unseen is not None:
                run["result"] |= measures.unseen(model, data)
            # A run whose run.json has a result is complete, and never goes on.
            folder.write_json(run)
            folder.remove_checkpoints()
    show(run, folder, console)
    return run


def _finished(
    folder: RunFolder, settings: Settings, data: datasets.ImageSet, console: Console
) -> dict[str, Any] | None:
    """The run.json of this run if it has ended, which is told; otherwise None."""
    run = existing_run(folder, settings, data)
    if run is None or "result" not in run:
        return None
    console.print(f"{folder.path} is already finished; nothing to do.")
    # It may have been killed before that.
    folder.remove_checkpoints()
    show(run, folder, console)
    return run


def load_data(settings: Settings) -> datasets.ImageSet:
    """The data of a run, after a check of its settings."""
    settings.check()
    return datasets.load(
        settings.data,
        augment=_AUGMENT.get(settings.augment, settings.augment),
        image_size=(side, side) if (side := settings.image_size) else None,
        **{name: getattr(settings, name) for name in _OF_DATA},
    )


def warn_of_short_batch(settings: Settings, images: int, console: Console) -> None:
    """Warn of a last batch of few images, whose normalisation has ruined whole runs."""
    rest = images % settings.batch_size
    full = settings.drop_last or settings.class_balanced
    if not full and rest < images and 0 < rest < settings.batch_size / 8:
        console.print(
            f"the last batch of an epoch has {rest} of {settings.batch_size} images: "
            "few for batch normalisation; --drop-last leaves it out",
            soft_wrap=True,
        )


def _where(devices: int) -> str:
    backend = keras.backend.backend()
    if backend == "torch":
        # Keras lists no devices there.
        return backend
    return f"{backend} on {', '.join(keras.distribution.list_devices()[:devices])}"


def result_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The result of a run, from the rows of history.csv."""
    validated = [row for row in rows if row["val_accuracy"] is not None]
    best = max(validated, key=lambda row: row["val_accuracy"])
    last = rows[-1]
    return {
        "accuracy_last": last["val_accuracy"],
        "accuracy_best": best["val_accuracy"],
        "epoch_best": int(best["epoch"]),
        "train_accuracy_last": last["accuracy"],
        "seconds": round(sum(row["seconds"] for row in rows), 3),
    }


def draw(folder: RunFolder, run: dict[str, Any], console: Console) -> None:
    """Draw curves.png, where matplotlib is here."""

    def curves() -> Any:
        from keras_pod.experiments.plots.runs import training_curves

        title = f"{run['settings']['loss']} on {run['settings']['data']}"
        return training_curves(folder.read_history(), title, _held_out(run))

    save_picture(folder.curves, curves, console)


def _held_out(run: dict[str, Any]) -> str:
    return "validation" if run["settings"]["validation_split"] else "test"


def show(run: dict[str, Any], folder: RunFolder, console: Console) -> None:
    """Print how a finished run went, and where things are."""
    result = run["result"]
    console.print(
        f"{_held_out(run)} accuracy: last {result['accuracy_last']:.2%}, best "
        f"{result['accuracy_best']:.2%} (epoch {result['epoch_best']}); "
        f"{result['seconds']:.0f} s of training, "
        f"{result['parameters']:,} parameters",
        soft_wrap=True,
    )
    # Every run has the others.
    for name in [k for k in result if k not in RESULT and f"{k}?" not in RESULT]:
        console.print(f"{name}: {result[name]:.6g}")
    show_files(console, folder.model, folder.history, folder.run, folder.curves)
