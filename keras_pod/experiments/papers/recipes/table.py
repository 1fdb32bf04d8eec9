"""A table of a paper: cells with a published number and the run behind it.

Tables stand in the .toml files beside this one, their numbers as they are printed: a
row of columns, then rows. A cell is a number, with "±" its standard deviation, or
several runs, with commas; "?" is run and not printed, as is a whole row without
numbers, and an empty cell is not run.

The run of a cell has the settings of the table's recipe (`base`), of the table
(`set`), and those that names of the column and the row stand for (`names` of the
recipe and the table). A name may have parts, with commas; "n = 9", "lambda = 1",
"gamma=1" and the like need no entry, and the letter of a panel counts for nothing.
"""

import dataclasses
import re
import statistics
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import resources
from typing import Any

from keras_pod.experiments.run.settings import Settings, feature_dim

_CLASSES = {"digits": 10, "mnist": 10, "fashion_mnist": 10, "tiny_imagenet": 200}
_CLASSES |= {"imagenet": 1000}
_OPTIONS = {"lambda": "lam", "alpha": "alpha", "gamma": "gamma", "s": "scale"}


@dataclasses.dataclass(frozen=True)
class Cell:
    """A number of a table, as printed, with its standard deviation (`spread`).

    Ours is the `value` among the results of a run with these settings, or, where no
    run is behind it, `ours`. A run on other data than the paper's is a `stand_in`.
    """

    row: str
    column: str
    published: float | None
    settings: Settings
    value: str = "accuracy_last"
    spread: float | None = None
    ours: float | None = None
    stand_in: bool = False


@dataclasses.dataclass(frozen=True)
class PaperTable:
    """A table of a paper, by the name that `keras-pod reproduce` has for it.

    Cells are in the printed order, claims are names in claims.toml. The figure is the
    picture of its runs: "features", "lambda", or "" for none.
    """

    name: str
    title: str
    cells: tuple[Cell, ...]
    claims: tuple[str, ...] = ()
    note: str = ""
    figure: str = ""

    @property
    def data(self) -> list[str]:
        """The names of the data that its runs need."""
        return [*dict.fromkeys(c.settings.data for c in self.cells if c.ours is None)]

    def map(self, change: Callable[[Settings], Settings]) -> "PaperTable":
        return self.of(replace(c, settings=change(c.settings)) for c in self.cells)

    def on_others(self, change: Callable[[Cell], Settings]) -> "PaperTable":
        """The table with other data, by the settings that `change` gives of a cell.

        Runs of a row that are the same then are there once.
        """
        cells: list[Cell] = []
        # `Settings` cannot be hashed.
        seen = []
        for cell in self.cells:
            if cell.ours is None:
                cell = replace(cell, settings=change(cell), stand_in=True)
            if (cell.row, cell.settings, cell.value) not in seen:
                seen.append((cell.row, cell.settings, cell.value))
                cells.append(cell)
        return self.of(cells)

    def keep(self, wanted: Callable[[Cell], bool]) -> "PaperTable":
        return self.of(filter(wanted, self.cells))

    def of(self, cells: Iterable[Cell]) -> "PaperTable":
        return replace(self, cells=tuple(cells))

    def noted(self, text: str) -> "PaperTable":
        return replace(self, note=f"{self.note} {text}".strip())


def num_classes(data: str) -> int | None:
    """k, where the name of the data tells it.

    >>> [num_classes(data) for data in ("imagenet-30", "cifar100", "/photos/2019")]
    [30, 100, None]
    """
    found = re.fullmatch(r"[a-z_-]+(\d+)", data)
    return _CLASSES.get(data) or (int(found[1]) if found else None)


def read(*papers: str) -> Iterator[PaperTable]:
    """The tables of some papers, from the files of these names."""
    folder = resources.files(__package__)
    files = {p: tomllib.loads((folder / f"{p}.toml").read_text()) for p in papers}
    recipes = {name: found for file in files.values() for name, found in file.items()}
    notes = {k: v for f in files.values() for k, v in f.get("notes", {}).items()}
    for paper, file in files.items():
        for table in file["tables"]:
            yield PaperTable(
                name=table["name"],
                title=table["title"],
                cells=tuple(_cells(table, recipes[table.get("recipe", paper)])),
                claims=tuple(table.get("claims", ())),
                note=" ".join(table.get("note", "").format(**notes).split()),
                figure=table.get("figure", ""),
            )


def _cells(table: dict[str, Any], recipe: dict[str, Any]) -> Iterator[Cell]:
    head, *rows = (
        [part.strip() for part in line.split("|")]
        for line in table["numbers"].splitlines()
    )
    columns = head[1:]
    for row, *numbers in rows:
        for column, text in zip(columns, numbers or "?" * len(columns), strict=True):
            if not text:
                continue
            published, spread = _printed(text)
            found = _settings(row, column, table, recipe)
            value = found.pop("value", "accuracy_last")
            # Table III of POD has the n that is chosen for so many classes.
            classes = num_classes(found["data"]) if value == "dim" else None
            ours = feature_dim(classes) if classes else None
            settings = Settings(**found)
            yield Cell(row, column, published, settings, value, spread, ours)


def _printed(text: str) -> tuple[float | None, float | None]:
    """The number in a cell, and its standard deviation.

    >>> _printed("99.3 ± 0.1"), _printed("1, 2, 3"), _printed("?")
    ((99.3, 0.1), (2.0, 1.0), (None, None))
    """
    if text == "?":
        return None, None
    runs = [float(number) for number in text.split(" ± ")[0].split(", ")]
    if len(runs) > 1:
        return round(statistics.mean(runs), 2), statistics.stdev(runs)
    return runs[0], float(text.split(" ± ")[1]) if "±" in text else None


def _settings(
    row: str, column: str, table: dict[str, Any], recipe: dict[str, Any]
) -> dict[str, Any]:
    """The settings of a cell's run, and `value` where it is not the accuracy."""
    found = [recipe["base"], table.get("set", {})]
    names = recipe["names"], table.get("names", {})
    row = re.sub(r"^[a-h] ", "", row)
    for name in (column, row):
        for part in [name] if name in names[0] else name.split(", "):
            found += _meant(part.replace(" = ", "="), *names)
    found.append(names[0].get(f"{row}, {column}", {}))
    options = {k: v for one in found for k, v in one.get("options", {}).items()}
    return {k: v for one in found for k, v in one.items()} | {"options": options}


def _meant(part: str, *names: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings that a part of a name stands for; the later ones win."""
    assigned = re.fullmatch(r"(\w+)=([\d.]+)", part)
    if assigned:
        name, value = assigned.groups()
        option = {_OPTIONS.get(name): float(value)}
        yield {"dim": int(value)} if name == "n" else {"options": option}
    elif part not in names[0]:
        raise KeyError(f"no recipe says what {part!r} is")
    for own in names:
        yield own.get(part, {})
