"""The papers' tables as data: one file a paper."""

import dataclasses

from keras_pod.core.errors import unknown_name
from keras_pod.experiments.papers.recipes import pod, rbf, sbn
from keras_pod.experiments.papers.recipes.table import Cell as Cell
from keras_pod.experiments.papers.recipes.table import PaperTable as PaperTable

TABLES = {t.name: t for t in (*pod.TABLES, *rbf.TABLES, *sbn.TABLES)}


def get(name: str, variant: str = "paper") -> PaperTable:
    """A table, as the paper describes its runs or as the published code has them.

    >>> get("pod-4").cells[0].published
    93.25

    Raises:
        InputError: an unknown table or variant.
    """
    if name not in TABLES:
        raise unknown_name("table", name, TABLES)
    if variant not in ("paper", "code"):
        raise unknown_name("variant", variant, ("paper", "code"))
    table = TABLES[name]
    if variant == "paper":
        return table
    if name.startswith("pod"):
        table = table.map(pod.published_code)
        cells = tuple(pod.as_reported(cell) for cell in table.cells)
        return dataclasses.replace(table, cells=cells)
    if name.startswith("rbf"):
        return table.map(rbf.published_code)
    return table
