"""The papers' tables as data: one file a paper, and one for figures that take runs."""

from keras_pod.core.errors import unknown_name
from keras_pod.experiments.papers.recipes import variants
from keras_pod.experiments.papers.recipes.table import Cell as Cell
from keras_pod.experiments.papers.recipes.table import PaperTable as PaperTable
from keras_pod.experiments.papers.recipes.table import read

_RECIPES = {table.name: table for table in read("pod", "rbf", "sbn", "figures")}
# The tables as they are printed.
TABLES = {name: table.map(variants.as_printed) for name, table in _RECIPES.items()}
# Each with what a table's note says of it.
VARIANTS = {
    "paper": "",
    "code": "The runs are those of the published code.",
    "works": "The runs are not the paper's: they have our methods' own defaults (neck, "
    "rates, forms of the losses) on this table's network and data.",
}


def get(name: str, variant: str = "paper") -> PaperTable:
    """A table of `TABLES` with the runs behind it, in one of the `VARIANTS`.

    >>> get("pod-4").cells[0].published
    93.25
    """
    if name not in TABLES:
        raise unknown_name("table", name, TABLES)
    if variant not in VARIANTS:
        raise unknown_name("variant", variant, VARIANTS)
    table = TABLES[name]
    if variant == "works":
        return _RECIPES[name].map(variants.as_it_works)
    if variant == "code" and name.startswith("pod"):
        table = table.map(variants.code_of_pod)
        return table.of(map(variants.as_reported, table.cells))
    if variant == "code" and name.startswith("rbf"):
        return table.map(variants.code_of_rbf)
    return table
