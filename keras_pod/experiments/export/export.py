"""export: a trained run as one file that serves without Keras."""

import contextlib
import dataclasses
import importlib.util
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import keras
from rich.console import Console
from rich.table import Table

from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.export import litert, onnx, saved_model
from keras_pod.experiments.export.check import Check, check_export
from keras_pod.experiments.export.served import Served
from keras_pod.experiments.run.run_folder import RunFolder

FORMATS = {"saved_model": saved_model, "onnx": onnx, "litert": litert}

LARGEST_DIFFERENCE = 1e-5


class ExportDiffers(RuntimeError):
    """The exported file answers other than the model; it was not kept."""


@dataclasses.dataclass(frozen=True)
class Exported:
    """What `export_run` wrote.

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
    """Writes a trained run as a file to serve, and checks what the file answers.

    The file takes raw pixels, 0..255, and computes in float32, whatever precision
    the run was trained in. Its outputs are called `logits`, `features`, `class` and
    `score`; `keras_pod.experiments.export` says what each format has beside.

    The file is loaded again, as a server loads it, and must answer as
    `model.predict` does, on test images of the run's data. Only then it gets its
    name: an export that fails leaves what was there before.

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
    run = load_trained(folder)
    served = Served(run)
    with _whole(path) as beside:
        with warnings.catch_warnings():
            # Of converters, about their own code.
            warnings.simplefilter("ignore")
            writer.write(served, beside)
        check = check_export(writer, beside, served, run)
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
    if backend not in writer.BACKENDS:
        raise InputError(
            f"{format} cannot be written from the {backend} backend. A run loads on "
            "any backend: add --backend tensorflow, or choose --format onnx."
        )
    needed = writer.packages(backend)
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
    if suffix:
        earlier = path.is_file()
    else:
        earlier = (path / "saved_model.pb").is_file()
    if not earlier:
        raise InputError(f"--out {path} is there and is no {writer.NAME}.")
    if not force:
        raise InputError(f"{path} is already there; --force replaces it.")


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Where to write a file or folder, which gets its name if nothing fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".exporting-", dir=path.parent) as beside:
        new, old = Path(beside, path.name), Path(beside, f"old-{path.name}")
        yield new
        # A file replaces another one in one step, which a folder cannot.
        if path.is_dir():
            os.replace(path, old)
        try:
            os.replace(new, path)
        except OSError:
            if old.exists():
                os.replace(old, path)
            raise


def show(exported: Exported) -> None:
    """Prints what `export_run` returned."""
    console, check = Console(), exported.check
    size = sum(p.stat().st_size for p in [exported.path, *exported.path.rglob("*")])
    console.print(
        f"{exported.path} ({size / 1e6:.1f} MB): {', '.join(exported.names)}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"loaded again and given {check.images}:", highlight=False)
    table = Table()
    table.add_column("output")
    table.add_column("largest difference", justify="right")
    for name, value in check.differences.items():
        table.add_row(name, f"{value:.1e}")
    console.print(table)
    console.print(
        f"largest difference to model.predict: {check.largest:.1e} (allowed: "
        f"{LARGEST_DIFFERENCE:g}, of an output's largest value if that is above 1)",
        highlight=False,
        soft_wrap=True,
    )
    if check.precision:
        worst = max(check.precision.values())
        console.print(
            "The file computes in float32: the run's own mixed precision differs "
            f"from it by up to {worst:.1e}.",
            highlight=False,
            soft_wrap=True,
        )
