"""results.jsonl: every run of a comparison that ended, one JSON object a line."""

import json
from pathlib import Path
from typing import Any

from filelock import FileLock

from keras_pod.errors import InputError
from keras_pod.experiments.run_folder import write_whole
from keras_pod.experiments.settings import Settings

Record = dict[str, Any]


class Results:
    """The runs that ended; several processes may add to the same file.

    Args:
        path: the file, made by the first run that ends.
        backend: the Keras backend that counts: the same settings on another one are
            another run.
    """

    def __init__(self, path: Path, backend: str) -> None:
        self.path = path
        self.backend = backend

    def read(self) -> list[Record]:
        """Every run of the backend.

        Raises:
            InputError: a line that is not a run.
        """
        return [r for r in self._read_all() if r["backend"] == self.backend]

    def add(self, record: Record) -> None:
        """Adds a run; the file is replaced as a whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(f".{self.path.name}.lock")):
            lines = [json.dumps(r) for r in [*self._read_all(), record]]
            text = "\n".join(lines) + "\n"
            write_whole(self.path, lambda path: path.write_text(text))

    def remove(self, unwanted: list[Record]) -> None:
        """Takes runs out, so that they are run again."""
        with FileLock(self.path.with_name(f".{self.path.name}.lock")):
            kept = [r for r in self._read_all() if r not in unwanted]
            text = "".join(json.dumps(r) + "\n" for r in kept)
            write_whole(self.path, lambda path: path.write_text(text))

    def _read_all(self) -> list[Record]:
        if not self.path.exists():
            return []
        records = []
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            try:
                record = json.loads(line)
                Settings(**record["settings"]), record["backend"]
            except (ValueError, TypeError, KeyError) as error:
                raise InputError(
                    f"{self.path}, line {number}, is not a run ({error}); remove the "
                    "line, or choose another --out."
                ) from error
            records.append(record)
        return records


def find(records: list[Record], settings: Settings) -> Record | None:
    """The run with exactly these settings, if it ended.

    A setting that is younger than the record counts as its default.
    """
    for record in records:
        if Settings(**record["settings"]) == settings:
            return record
    return None
