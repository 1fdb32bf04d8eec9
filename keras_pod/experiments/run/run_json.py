"""run.json: its content when a run begins, and whether it is that of another run."""

import dataclasses
import importlib.metadata
import json
import platform
from typing import Any

import keras
import numpy as np

from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError
from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.run.data_place import place_of_data
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, with_defaults


def existing_run(
    folder: RunFolder, settings: Settings, data: ImageSet
) -> dict[str, Any] | None:
    """run.json if the folder has one; refuses a folder that holds another run."""
    check_folder(folder.path)
    run = folder.read_json()
    if run is None:
        return None
    had = with_defaults(run.get("settings", {})) | {"backend": run.get("backend")}
    wanted = dataclasses.asdict(settings) | {"backend": keras.backend.backend()}
    if had["data"] != wanted["data"] and place_of_data(wanted["data"], folder.path):
        # Data that were moved are known by their images.
        check_same_data(run["data"], data, folder)
        had["data"] = wanted["data"]
    differ = [f"{k} {had.get(k)} -> {v}" for k, v in wanted.items() if had.get(k) != v]
    if differ:
        longer = ""
        if had["epochs"] != wanted["epochs"]:
            longer = " The schedule is spread over the epochs: other epochs begin anew."
        raise InputError(
            f"{folder.path} holds a run with other settings ({', '.join(differ)}); "
            f"choose another --out, or remove that folder.{longer}"
        )
    return run


def check_same_data(had: dict[str, Any], data: ImageSet, folder: RunFolder) -> None:
    """Refuses to go on with images that are not those that the run began with."""
    for name, now in _description(data).items():
        before = had.get(name, now)
        if name in ("mean", "std"):
            # Their last digits may be another machine's.
            same = np.allclose(before, now, rtol=1e-5)
        else:
            same = before == json.loads(json.dumps(now))
        if not same:
            raise InputError(
                f"{folder.path} holds a run that began with other data ({name} "
                f"{before} -> {now}); put them back, or choose another --out."
            )


def new_run(settings: Settings, data: Any, folder: RunFolder) -> dict[str, Any]:
    """The content of run.json for a run that has no result yet."""
    return {
        "settings": dataclasses.asdict(settings),
        "backend": keras.backend.backend(),
        "data": _description(data) | place_of_data(settings.data, folder.path),
        "versions": _versions(),
    }


def _description(data: Any) -> dict[str, Any]:
    names = ("name", "class_names", "image_shape", "mean", "std")
    names += ("num_train", "num_test")
    # How a streamed set cuts out its test images, and `predict` any other.
    described = {name: getattr(data, name) for name in names}
    described["test_short_side"] = getattr(data, "test_short_side", None)
    if data.class_counts is not None:
        described["class_counts"] = data.class_counts
    return described


def _versions() -> dict[str, str]:
    packages = ("keras-pod", "keras", "tensorflow", "jax", "torch", "numpy")
    versions = {"python": platform.python_version()}
    for name in packages:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
