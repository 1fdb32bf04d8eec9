"""train: one run from settings to a folder with model, history and picture."""

import contextlib
import dataclasses
import importlib.metadata
import platform
from collections.abc import Iterator
from typing import Any

import keras
from filelock import FileLock, Timeout
from rich.console import Console
from rich.table import Table

from keras_pod import data as datasets
from keras_pod import methods
from keras_pod.callbacks import NormAdaptiveDelta, ResetMomentum, Resume
from keras_pod.data.image_set import ImageSet
from keras_pod.errors import InputError
from keras_pod.experiments import measures
from keras_pod.experiments.build import build
from keras_pod.experiments.progress import RunLog
from keras_pod.experiments.run_folder import RunFolder, write_whole
from keras_pod.experiments.settings import Settings
from keras_pod.experiments.throughput import show as show_throughput
from keras_pod.experiments.throughput import throughput
from keras_pod.layers import PEDCC

# The standard deviation is that of the published code of RBF-Softmax.
_AUGMENT = {"pca-jitter": datasets.RandomResizedCrop(pca_jitter=0.1)}
NO_MATPLOTLIB = "no picture: it needs matplotlib (pip install keras-pod[plots])"


def train(
    settings: Settings,
    out: str,
    console: Console | None = None,
    save: bool = True,
    profile: float = 0.0,
) -> dict[str, Any]:
    """Trains a classifier; goes on where an interrupted run of the folder stopped.

    Args:
        settings: what to run.
        out: the run's folder.
        console: where progress goes; standard output by default.
        save: whether to keep the model and the picture as well as the numbers.
        profile: seconds for measuring, before the run, how fast the input pipeline
            and the training step are.

    Returns:
        the content of run.json: settings, versions and result.

    Raises:
        InputError: bad settings or data, or a folder that holds another run.
        TrainingDiverged: the loss is no longer a number.
    """
    console = console or Console()
    data = load_data(settings)
    settings = settings.resolve(data.num_classes)
    folder = RunFolder(out)
    run = _existing(folder, settings)
    if run and "result" in run:
        console.print(f"{folder.path} is already finished; nothing to do.")
        show(run, folder, console)
        return run
    console.print(
        f"{settings.loss} on {data}; backbone {settings.backbone}; {_device()}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    policy = keras.config.dtype_policy()
    try:
        if profile:
            show_throughput(throughput(settings, data, profile), console)
        model = build(settings, data)
        run = run or _begin(folder, settings, data)
        measures.check(settings.measure, model, data)
        with _alone(folder):
            rows = _fit(model, settings, data, folder, console)
    finally:
        keras.config.set_dtype_policy(policy)
    if save:
        write_whole(folder.model, model.save)
        _draw(folder, run, console)
    run["result"] = _result(rows, model)
    run["result"] |= measures.measure(settings.measure, model, data)
    # Last: a run whose run.json has a result is complete.
    folder.write_json(run)
    show(run, folder, console)
    return run


def load_data(settings: Settings) -> ImageSet:
    """The data of a run, after a check of its settings."""
    settings.check()
    return datasets.load(
        settings.data,
        batch_size=settings.batch_size,
        seed=settings.seed,
        augment=_AUGMENT.get(settings.augment, settings.augment),
        validation_split=settings.validation_split,
        limit=settings.limit,
        image_size=settings.image_size and (settings.image_size,) * 2,
        drop_last=settings.drop_last,
    )


@contextlib.contextmanager
def _alone(folder: RunFolder) -> Iterator[None]:
    """Refuses a folder in which another process trains."""
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(folder.checkpoints / ".lock").acquire(blocking=False)
    except Timeout as error:
        raise InputError(
            f"another process is training in {folder.path}; wait for it, or choose "
            "another --out."
        ) from error
    with held:
        yield


def _existing(folder: RunFolder, settings: Settings) -> dict[str, Any] | None:
    """run.json if the folder has one; refuses a folder that holds another run."""
    if folder.path.exists() and not folder.path.is_dir():
        raise InputError(f"--out {folder.path} is a file; name a folder.")
    run = folder.read_json()
    if run is None:
        return None
    had = run.get("settings", {}) | {"backend": run.get("backend")}
    wanted = dataclasses.asdict(settings) | {"backend": keras.backend.backend()}
    differ = [f"{k} {had.get(k)} -> {v}" for k, v in wanted.items() if had.get(k) != v]
    if differ:
        raise InputError(
            f"{folder.path} holds a run with other settings ({', '.join(differ)}); "
            "choose another --out, or remove that folder."
        )
    return run


def _begin(folder: RunFolder, settings: Settings, data: Any) -> dict[str, Any]:
    """Writes run.json without a result yet, and returns what it holds."""
    folder.write_json(
        {
            "settings": dataclasses.asdict(settings),
            "backend": keras.backend.backend(),
            "data": _describe(data),
            "versions": _versions(),
        }
    )
    return folder.read_json()


def _device() -> str:
    backend = keras.backend.backend()
    if backend == "torch":
        # Keras lists no devices there.
        return backend
    return f"{backend} on {keras.distribution.list_devices()[0]}"


def _fit(
    model: keras.Model,
    settings: Settings,
    data: Any,
    folder: RunFolder,
    console: Console,
) -> list[dict[str, Any]]:
    batches, callbacks = fitting(model, settings, data)
    resume = Resume(folder.checkpoints, seed=settings.seed)
    log = RunLog(folder, resume, len(batches), console)
    try:
        model.fit(
            batches,
            epochs=settings.epochs,
            validation_data=data.test,
            callbacks=[resume, log, *callbacks],
            # The data sets order themselves.
            shuffle=False,
            verbose=0,
        )
    finally:
        log.close()
    return log.rows


def fitting(
    model: keras.Model, settings: Settings, data: Any
) -> tuple[Any, list[keras.callbacks.Callback]]:
    """What `fit` of a built model gets: the batches, and the settings' callbacks."""
    batches = data.train
    if methods.get(settings.loss).updates_per_batch == 2:
        batches = datasets.each_batch_twice(batches)
    callbacks = [datasets.EpochOrder(data)]
    if isinstance(model.head, PEDCC) and model.head.adaptive:
        callbacks.append(NormAdaptiveDelta())
    if settings.reset_momentum:
        shares = [share for share, _ in settings.milestones()]
        callbacks.append(ResetMomentum([round(s * settings.epochs) for s in shares]))
    return batches, callbacks


def _describe(data: Any) -> dict[str, Any]:
    names = ("name", "class_names", "image_shape", "mean", "std")
    described = {name: getattr(data, name) for name in names}
    # How a streamed set cuts out its test images, and `predict` any other.
    described["test_short_side"] = getattr(data, "test_short_side", None)
    return described | {"num_train": data.num_train, "num_test": data.num_test}


def _versions() -> dict[str, str]:
    packages = ("keras-pod", "keras", "tensorflow", "jax", "torch", "numpy")
    versions = {"python": platform.python_version()}
    for name in packages:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


# What every run has; the rest was measured besides.
_RESULT = ("accuracy_last", "accuracy_best", "epoch_best", "train_accuracy_last")
_RESULT += ("seconds", "parameters")


def _result(rows: list[dict[str, Any]], model: keras.Model) -> dict[str, Any]:
    best = max(rows, key=lambda row: row["val_accuracy"])
    last = rows[-1]
    return {
        "accuracy_last": last["val_accuracy"],
        "accuracy_best": best["val_accuracy"],
        "epoch_best": int(best["epoch"]),
        "train_accuracy_last": last["accuracy"],
        "seconds": round(sum(row["seconds"] for row in rows), 3),
        "parameters": model.count_params(),
    }


def _draw(folder: RunFolder, run: dict[str, Any], console: Console) -> None:
    try:
        from keras_pod.plots.curves import training_curves
    except ImportError:
        console.print(NO_MATPLOTLIB, markup=False)
        return
    title = f"{run['settings']['loss']} on {run['settings']['data']}"
    figure = training_curves(folder.read_history(), title)
    write_whole(folder.curves, lambda path: figure.savefig(path, dpi=120))


def show(run: dict[str, Any], folder: RunFolder, console: Console) -> None:
    """Prints how a finished run went: some of its epochs, and where things are."""
    rows, result = folder.read_history(), run["result"]
    settings = run["settings"]
    held_out = "validation" if settings["validation_split"] else "test"
    table = Table(title=f"{settings['loss']} on {settings['data']}")
    for name in ("epoch", "loss", "accuracy", f"{held_out} accuracy"):
        table.add_column(name, justify="right")
    for name in ("feature norm", "delta", "seconds"):
        table.add_column(name, justify="right")
    for row in _some(rows, result["epoch_best"]):
        mark = " best" if row["epoch"] == result["epoch_best"] else ""
        table.add_row(
            f"{row['epoch']:.0f}{mark}",
            f"{row['loss']:.4f}",
            f"{row['accuracy']:.4f}",
            f"{row['val_accuracy']:.4f}",
            f"{row['feature_norm']:.3f}",
            f"{row['delta']:.4f}",
            f"{row['seconds']:.1f}",
        )
    console.print(table)
    console.print(
        f"{held_out} accuracy: last {result['accuracy_last']:.2%}, best "
        f"{result['accuracy_best']:.2%} (epoch {result['epoch_best']}); "
        f"{result['seconds']:.0f} s of training, "
        f"{result['parameters']:,} parameters",
        highlight=False,
        soft_wrap=True,
    )
    for name in [k for k in result if k not in _RESULT]:
        console.print(f"{name}: {result[name]:.6g}", highlight=False)
    for path in (folder.model, folder.history, folder.run, folder.curves):
        if path.exists():
            console.print(f"  {path}", highlight=False, soft_wrap=True)


def _some(rows: list[dict[str, Any]], best: int, most: int = 8) -> list[dict]:
    """About `most` rows, evenly chosen, with the first, the best and the last."""
    if len(rows) <= most:
        return rows
    last = len(rows) - 1
    chosen = {round(i * last / (most - 1)) for i in range(most)}
    chosen |= {i for i, row in enumerate(rows) if row["epoch"] == best}
    return [rows[i] for i in sorted(chosen)]
