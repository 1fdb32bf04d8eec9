"""export: a trained run, or any classifier, as a file that serves without Keras."""

import contextlib
import dataclasses
import importlib.util
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import keras

from keras_pod.classifier import Classifier
from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.core.printable import counted
from keras_pod.experiments.after.trained import Trained, load_trained
from keras_pod.experiments.export import litert, onnx, saved_model
from keras_pod.experiments.export.check import Check, check_export
from keras_pod.experiments.export.served import Served
from keras_pod.experiments.run.console import show_answer
from keras_pod.experiments.run.run_folder import RunFolder

FORMATS = {"saved_model": saved_model, "onnx": onnx, "litert": litert}

LARGEST_DIFFERENCE = 1e-5


class ExportDiffers(RuntimeError):
    """The exported file answers other than the model; it was not kept."""


@dataclasses.dataclass(frozen=True)
class Exported:
    """The file that an export wrote.

    Args:
        path: the file or folder.
        format: saved_model, onnx or litert.
        names: its outputs.
        check: how near they are to what the model predicts.
    """

    path: Path
    format: str
    names: list[str]
    check: Check


def export_run(
    folder: str | os.PathLike,
    format: str = "saved_model",
    out: str | os.PathLike | None = None,
    force: bool = False,
) -> Exported:
    """Write a trained run as a file to serve, and check what the file answers.

    The file takes raw pixels, 0..255, and computes in float32, whatever precision
    the run was trained in. Its outputs are called `logits`, `features`, `class` and
    `score`.

    The file is loaded again, as a server loads it, and must answer as
    `model.predict` does, given images of random pixels. Only then it gets its name: an
    export that fails leaves what was there before.

    Args:
        folder: the run's folder.
        format: saved_model, onnx or litert.
        out: what to write; by default saved_model/, model.onnx or model.tflite in
            the run's folder.
        force: whether an export that is already there is replaced.

    Raises:
        InputError: no finished run, an unknown format, one that this backend cannot
            write, a package that is missing, or an `out` that is already there.
        ExportDiffers: an output differs by more than 1e-5, as `Check` measures it.
    """
    writer = _writer(format)
    path = Path(out) if out else RunFolder(folder).path / writer.NAME
    _check_path(path, writer, force)
    return _export(format, path, load_trained(folder))


def export_model(
    model: Classifier,
    class_names: Sequence[str],
    image_size: int | tuple[int, int],
    out: str | os.PathLike,
    format: str = "saved_model",
    force: bool = False,
) -> Exported:
    """Write one's own `Classifier` as `export_run` writes a run.

    The model takes raw pixels, 0..255: where it was trained on others, put a
    `keras.layers.Rescaling` before it. What `evaluation.with_probabilities` and
    `evaluation.with_threshold` added to it is served too. Image files are brought to
    the size as `keras_pod.data.read_image` does it.

    Args:
        model: a trained classifier, from images (batch, height, width, channels).
        class_names: the name of each label.
        image_size: (height, width), or the side of a square.
        out: the file or folder to write.
        format: saved_model, onnx or litert.
        force: whether an export that is already there is replaced.

    Raises:
        InputError: names or a size that do not fit the model, an unknown format, one
            that this backend cannot write, a package that is missing, or an `out`
            that is already there.
        ExportDiffers: an output differs by more than 1e-5, as `Check` measures it.

    >>> import tempfile
    >>> images = keras.Input((8, 8, 1))
    >>> features = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(images))
    >>> model = keras_pod.Classifier.from_backbone(
    ...     keras.Model(images, features), keras_pod.layers.PEDCC(3), 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = keras_pod.export.export_model(
    ...         model, ["a", "b", "c"], 8, f"{folder}/served")
    >>> done.names
    ['class', 'features', 'logits', 'score']
    """
    writer = _writer(format)
    _check_path(Path(out), writer, force)
    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    shape = (*size, model.inputs[0].shape[-1])
    expected = tuple(model.inputs[0].shape[1:])
    if len(expected) != 3 or any(
        e not in (None, s) for e, s in zip(expected, shape, strict=False)
    ):
        raise InputError(
            f"image_size {image_size}: the model takes images of shape {expected}."
        )
    count = model.output["logits"].shape[-1]
    if len(class_names) != count:
        names = counted(len(class_names), "class name")
        raise InputError(f"{names} for {counted(count, 'class', 'classes')}.")
    data = {"class_names": [*class_names], "image_shape": shape}
    run = Trained(model, {"loss": model.name}, data)
    return _export(format, Path(out), run)


def _export(format: str, path: Path, run: Trained) -> Exported:
    """Write a model and keep the file if it answers as the model does."""
    writer, served = FORMATS[format], Served(run)
    with _whole(path) as beside:
        with warnings.catch_warnings():
            # Converters warn about their own code.
            warnings.simplefilter("ignore")
            writer.write(served, beside)
        check = check_export(writer, beside, served)
        if not check.largest <= LARGEST_DIFFERENCE:
            raise ExportDiffers(
                f"the {format} file answers other than the model, by up to "
                f"{check.largest:.2g} ({check.differences}); it was not kept."
            )
    return Exported(path, format, served.names, check)


def _writer(format: str) -> ModuleType:
    """The module of a format that can be written here."""
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    writer, backend = FORMATS[format], keras.backend.backend()
    if backend not in writer.PACKAGES:
        raise InputError(
            f"{format} cannot be written from the {backend} backend. A run loads on "
            "any backend: add --backend tensorflow, or choose --format onnx."
        )
    needed = writer.PACKAGES[backend]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        names = " ".join(missing).replace("_", "-")
        raise InputError(
            f"--format {format} needs packages that are not here: pip install {names}"
        )
    return writer


def _check_path(path: Path, writer: ModuleType, force: bool) -> None:
    check_folder(path.parent)
    suffix = Path(writer.NAME).suffix
    if path.suffix != suffix and suffix:
        raise InputError(f"--out {path} must be the name of a {suffix} file.")
    if not path.exists():
        return
    # Nothing else is ever replaced, whatever --force says.
    earlier = path.is_file() if suffix else (path / "saved_model.pb").is_file()
    if not earlier:
        raise InputError(f"--out {path} is there and is no {writer.NAME}.")
    if not force:
        raise InputError(f"{path} is already there; --force replaces it.")


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path to write a file or folder to, which gets its name if nothing fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".exporting-", dir=path.parent) as beside:
        new = Path(beside, path.name)
        yield new
        # A file replaces another one in one step, which a folder cannot.
        if path.is_dir():
            os.replace(path, Path(beside, f"old-{path.name}"))
        os.replace(new, path)


def show(exported: Exported) -> None:
    """Print what `export_run` returned."""
    path, check = exported.path, exported.check
    size = sum(part.stat().st_size for part in [path, *path.rglob("*")])
    show_answer(
        "loaded again and given images of random pixels",
        ["output", "largest difference"],
        [(name, f"{value:.1e}") for name, value in check.differences.items()],
        [
            f"largest difference to model.predict: {check.largest:.1e} (allowed: "
            f"{LARGEST_DIFFERENCE:g}, of an output's largest value if that is above 1)",
            f"{path} ({size / 1e6:.1f} MB): {', '.join(exported.names)}",
        ],
    )
