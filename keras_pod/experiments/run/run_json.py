"""run.json: its content when a run begins, whose it is, and where its data are now."""

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError
from keras_pod.data import ImageSet, available
from keras_pod.data.names import is_path
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, with_defaults

_PACKAGES = ("keras-pod", "keras", "tensorflow", "jax", "torch", "numpy")
_DESCRIBED: tuple[str, ...] = ("name", "class_names", "image_shape", "mean", "std")
_DESCRIBED += ("num_train", "num_test")


def existing_run(
    folder: RunFolder, settings: Settings, data: ImageSet
) -> dict[str, Any] | None:
    """run.json if the folder has one; InputError if it is that of another run."""
    run = folder.read_json()
    if run is None:
        check_folder(folder.path)
        return None
    had = with_defaults(run["settings"]) | {"backend": run.get("backend")}
    wanted = dataclasses.asdict(settings) | {"backend": keras.backend.backend()}
    if is_path(wanted["data"]):
        # Data that were moved are known by their images.
        had["data"] = wanted["data"]
    cure = ", or remove that folder"
    if had["epochs"] != wanted["epochs"]:
        cure += ". The schedule is spread over the epochs: other epochs begin anew"
    refuse_changes(folder.path, "a run with other settings", had, wanted, cure)
    check_same_data(run["data"], data, folder.path)
    return run


def refuse_changes(
    folder: Path, what: str, had: dict, wanted: dict, cure: str = ""
) -> None:
    """Raise InputError if a folder that held something is asked for something else."""
    differ = [f"{k} {had[k]} -> {v}" for k, v in wanted.items() if had[k] != v]
    if differ:
        raise InputError(
            f"{folder} holds {what} ({', '.join(differ)}); choose another --out{cure}."
        )


def check_same_data(had: dict[str, Any], data: ImageSet, folder: Path) -> None:
    """Raise InputError for images that are not those that the folder began with."""
    for name, now in json.loads(json.dumps(description(data))).items():
        before = had.get(name, now)
        # The last digits of these may be another machine's.
        close = name in ("mean", "std") and np.allclose(before, now, rtol=1e-5)
        if before != now and not close:
            raise InputError(
                f"{folder} holds a run that began with other data ({name} {before} -> "
                f"{now}); put them back, or choose another --out."
            )


def new_run(settings: Settings, data: ImageSet, folder: RunFolder) -> dict[str, Any]:
    """The content of run.json for a run that has no result yet."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {
        "settings": dataclasses.asdict(settings),
        "backend": keras.backend.backend(),
        "data": description(data) | place_of_data(settings.data, folder.path),
        "versions": versions,
    }


def description(data: ImageSet) -> dict[str, Any]:
    """The classes and images of data, for files that say what they are about."""
    described = {name: getattr(data, name) for name in _DESCRIBED}
    # How a streamed set cuts out its test images, and `predict` any other.
    described["test_short_side"] = getattr(data, "test_short_side", None)
    if data.class_counts is not None:
        described["class_counts"] = data.class_counts
    return described


def place_of_data(data: str, folder: Path) -> dict[str, str]:
    """The place of a run's file or folder of data, for its run.json; {} for a name."""
    if not is_path(data):
        return {}
    path = Path(data).expanduser().resolve()
    try:
        from_run = os.path.relpath(path, folder.resolve())
    except ValueError:
        # They are on two drives.
        return {"path": str(path)}
    return {"path": str(path), "path_from_run": from_run}


def data_now(
    run: dict[str, Any], files: RunFolder, given: str | os.PathLike | None
) -> str:
    """The name of a run's data, or the place where they are now.

    They may have been moved together with the run's folder, or be where a user says.
    """
    name, described = run["settings"]["data"], run["data"]
    from_run = described.get("path_from_run")
    places = [described.get("path"), from_run and files.path.resolve() / from_run]
    places.append(name if is_path(name) else None)
    places = [os.path.normpath(Path(place).expanduser()) for place in places if place]
    for place in places:
        if is_here(place):
            return place
    if given and (places or not is_here(name)):
        return os.fspath(given)
    return (places or [name])[0]


def is_here(data: str) -> bool:
    """Whether there are data of that name or place."""
    try:
        return available(data)[0]
    except InputError:
        return False
