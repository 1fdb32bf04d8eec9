"""results.jsonl: every run of a folder that ended, one JSON object a line."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
from filelock import FileLock

from keras_pod.core.disk import write_whole
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.json_files import NUMBER, parse_json
from keras_pod.experiments.run.run_folder import RESULT, RunFolder
from keras_pod.experiments.run.settings import OLDER, SHAPE, Settings, from_saved

Record = dict[str, Any]

_RECORD = {
    "settings": SHAPE,
    "backend": str,
    "history": {"seconds": [NUMBER], "val_accuracy?": [NUMBER | None]},
    "result?": RESULT,
    "failed?": str,
    "trial?": str,
}


class Results:
    """The runs of a folder that ended; several processes may add theirs.

    The same settings on another backend than Keras's are another run.
    """

    def __init__(self, folder: Path, backend: str | None = None) -> None:
        self.path = folder / "results.jsonl"
        self.backend = backend or keras.backend.backend()
        self._lock = folder / f".{self.path.name}.lock"
        self._state: tuple[int, int, int] | None = None
        self._records: list[Record] = []

    def read(self) -> list[Record]:
        """Every run of the backend, each with a key for `find`.

        Raises:
            InputError: a line that is not a run.
        """
        return [r for r in self._read_all() if r["backend"] == self.backend]

    def add(self, record: Record) -> None:
        """Add a run; the file is replaced as a whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._lock):
            self._write([*self._read_all(), record])

    def remove(self, unwanted: list[Record]) -> None:
        """Take runs out, so that they are run again."""
        if unwanted:
            with FileLock(self._lock):
                self._write([r for r in self._read_all() if r not in unwanted])

    def _write(self, records: list[Record]) -> None:
        kept = ({k: v for k, v in r.items() if k != "key"} for r in records)
        text = "".join(json.dumps(record) + "\n" for record in kept)
        # Durable: the folder of the run is then removed.
        write_whole(self.path, lambda path: path.write_text(text), durable=True)

    def _read_all(self) -> list[Record]:
        if not self.path.exists():
            return []
        stat = self.path.stat()
        # Every write is a new file.
        state = stat.st_ino, stat.st_mtime_ns, stat.st_size
        if state != self._state:
            lines = self.path.read_bytes().splitlines()
            self._records = [self._record(i, line) for i, line in enumerate(lines, 1)]
            self._state = state
        return self._records

    def _record(self, number: int, line: bytes) -> Record:
        try:
            record = parse_json(line, _RECORD)
            return record | {"key": _key(from_saved(record["settings"]))}
        except (ValueError, TypeError) as error:
            raise InputError(
                f"{self.path}, line {number}, is not a run ({error}); remove the "
                "line, or choose another --out."
            ) from error


def find(records: list[Record], settings: Settings) -> Record | None:
    """The run with exactly these resolved settings, if it ended.

    A setting that is younger than the record counts as its default.
    """
    key = _key(settings)
    return next((record for record in records if record["key"] == key), None)


def found_of(records: list[Record], wanted: Iterable[Settings]) -> list[Record]:
    """The runs that ended, of the settings that are wanted, in their order."""
    return [record for settings in wanted if (record := find(records, settings))]


def _key(settings: Settings) -> str:
    return json.dumps(dataclasses.asdict(settings), sort_keys=True)


def folder_of(folder: Path, settings: Settings, backend: str) -> RunFolder:
    """The folder of a run of the comparison or table in `folder`."""
    return RunFolder(folder / "runs" / run_name(settings, backend))


def run_name(settings: Settings, backend: str) -> str:
    """The name of a run's folder, for people and for other processes."""
    told = dataclasses.asdict(settings)
    told = {k: v for k, v in told.items() if k not in OLDER or v != OLDER[k]}
    text = f"{backend} {json.dumps(told, sort_keys=True)}"
    key = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{settings.loss}-seed{settings.seed}-{key}"
