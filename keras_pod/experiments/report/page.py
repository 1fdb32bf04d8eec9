"""The report as one HTML page, without anything outside it."""

import dataclasses
from importlib import resources

from jinja2 import Environment

from keras_pod._version import __version__
from keras_pod.experiments.report.hardest_images import Hard
from keras_pod.experiments.report.pictures import Shown
from keras_pod.experiments.report.tables import Table


@dataclasses.dataclass(frozen=True)
class Section:
    """The part of the page on the runs on the same images.

    Attributes:
        title: the data.
        held_out: "test" or "validation", the images measured on.
        headline: the best method, in a sentence.
        summary, each_run, differing, settings, versions: tables.
        curves, figures: pictures; among the figures may be moving ones.
        class_accuracy: a table.
        all_classes: whether it has all classes.
        confusion: by run, a matrix, or a table of pairs if there are many classes.
        hardest: by method, images.
        claims: a table.
        notes: what a reader should know.
    """

    title: str
    held_out: str
    headline: str
    summary: Table
    each_run: Table
    differing: Table
    settings: Table
    versions: Table
    curves: list[Shown]
    class_accuracy: Table
    all_classes: bool
    confusion: dict[str, Table]
    hardest: dict[str, list[Hard]]
    figures: list[Shown]
    claims: Table
    notes: list[str]


def render(title: str, sections: list[Section]) -> str:
    """The page.

    Args:
        title: of the report.
        sections: one for each set of images.
    """
    source = (
        resources.files("keras_pod.experiments.report")
        .joinpath("page.html")
        .read_text()
    )
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(source)
    return template.render(title=title, sections=sections, version=__version__)
