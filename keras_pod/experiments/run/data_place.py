"""The place of a run's data, which may be moved after the run."""

import os
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.data.names import is_path
from keras_pod.data.where import available
from keras_pod.experiments.run.run_folder import RunFolder


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

    Both may have been moved together with the run's folder. If they are not found,
    they are where a user says, if one does.
    """
    name, described = run["settings"]["data"], run["data"]
    places = [described["path"]] if "path" in described else []
    if "path_from_run" in described:
        places.append(files.path.resolve() / described["path_from_run"])
    if is_path(name):
        places.append(name)
    places = [os.path.normpath(Path(place).expanduser()) for place in places]
    for place in places:
        if os.path.exists(place):
            return place
    if given and (places or not _is_here(name)):
        return os.fspath(given)
    return (places or [name])[0]


def _is_here(name: str) -> bool:
    try:
        return available(name)[0]
    except InputError:
        return False
