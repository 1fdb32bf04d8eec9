"""The likeness of classes to each run, and in WordNet (RBF Fig 4 and Table 2)."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_pod import analysis
from keras_pod.core.errors import InputError
from keras_pod.data.sets.superclasses import superclasses
from keras_pod.experiments.report.measurements import Measures
from keras_pod.experiments.report.pictures import Picture, draw, first_of_each, picture
from keras_pod.experiments.report.runs import Group
from keras_pod.experiments.report.tables import MOST_CLASSES


def pictures(group: Group, measured: Measures) -> Iterator[Picture]:
    """A map of a run of each method, and of WordNet where that knows the classes.

    Classes of one superclass are put together, where the data have such.
    """
    data = group.runs[0].content["data"]
    names = data["class_names"]
    try:
        groups = superclasses(data["name"], names)
    except InputError:
        groups = None
    shown = first_of_each(group, measured)
    for i, (method, m) in enumerate(shown.items()):
        if len(m.similarity) > 2:
            figure = draw(similarity_map, method, m.similarity, names, groups)
            words = {"method": method, "similar": m.similar}
            yield picture(f"similarity-{i}", figure, **words)
    # It is of use if the meaning of the classes is known.
    if groups is not None and analysis.has_wordnet():
        with contextlib.suppress(InputError):
            words = analysis.wordnet_similarity(names)
            figure = draw(similarity_map, "WordNet", words, names, groups)
            yield picture("similarity-wordnet", figure)


def similarity_map(
    title: str,
    similarity: Any,
    class_names: Sequence[str],
    superclasses: Sequence[int] | None,
) -> Figure:
    """Similarities (c, c) of all classes, or of those that have test images.

    Classes of one superclass are put beside each other; lighter is more similar.
    """
    count = len(similarity)
    whole = count == len(class_names)
    order = np.arange(count)
    if whole and superclasses is not None:
        order = np.argsort(superclasses, kind="stable")
    figure = Figure(figsize=(4.2, 4), layout="constrained")
    axes = figure.subplots()
    shown = np.array(similarity, dtype=float)[np.ix_(order, order)]
    # The diagonal is 1 whatever the classes are, and would hide the rest.
    np.fill_diagonal(shown, np.nan)
    figure.colorbar(axes.imshow(shown, cmap="cividis"), ax=axes, shrink=0.8)
    axes.set(title=title, xticks=[], yticks=[])
    # Names of many classes would cover each other.
    if whole and count <= MOST_CLASSES:
        names = [class_names[i] for i in order]
        axes.set_xticks(range(count), names, rotation=90)
        axes.set_yticks(range(count), names)
    return figure
