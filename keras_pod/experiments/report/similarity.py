"""The likeness of classes to each run, and in WordNet (RBF Fig 4 and Table 2)."""

from collections.abc import Iterator

from keras_pod import analysis
from keras_pod.core.errors import InputError
from keras_pod.data.sets.superclasses import superclasses
from keras_pod.experiments.plots.matrices import similarity_maps
from keras_pod.experiments.report.pictures import Measures, Picture, draw, first_of_each
from keras_pod.experiments.report.runs import Group
from keras_pod.experiments.report.tables import MOST_CLASSES


def pictures(group: Group, measured: Measures) -> Iterator[Picture]:
    """A map of a run of each method, and of WordNet where that knows the classes.

    Classes of one superclass are put together, where the data have such.

    Args:
        group: the runs.
        measured: by label.
    """
    data = group.runs[0].content["data"]
    names, shown = data["class_names"], first_of_each(group, measured)
    try:
        groups = superclasses(data["name"], names)
    except InputError:
        groups = None
    for i, (name, m) in enumerate(shown.items()):
        # Test images may lack a class.
        whole = len(m.similarity) == len(names)
        if len(m.similarity) > 2:
            yield Picture(
                f"similarity-{i}",
                f"Alike classes: {name}",
                f"Cosines of the {m.similar}; lighter is more alike, on a scale of its "
                "own.",
                "RBF Fig 4",
                draw(
                    similarity_maps,
                    {name: m.similarity},
                    groups if whole else None,
                    # Those of many classes would cover each other.
                    names if whole and len(names) <= MOST_CLASSES else None,
                ),
            )
    # It is of use if the meaning of the classes is known.
    if groups is not None and analysis.has_wordnet():
        try:
            words = analysis.wordnet_similarity(names)
        except InputError:
            return
        yield Picture(
            "similarity-wordnet",
            "Alike classes: WordNet",
            "Wu-Palmer similarities of the names of the classes.",
            "RBF Fig 4",
            draw(
                similarity_maps,
                {"WordNet": words},
                groups,
                names if len(names) <= MOST_CLASSES else None,
            ),
        )
