"""report: from run folders to one HTML page, its figures and their data."""

import base64
import contextlib
import dataclasses
import json
import os
from collections.abc import Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import matplotlib.style
from jinja2 import Environment, StrictUndefined
from rich.console import Console

from keras_pod._version import __version__
from keras_pod.core.disk import check_folder, write_csv, write_whole
from keras_pod.core.errors import InputError
from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.after.run_images import trained_on
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.report import measurements, pictures, runs, tables
from keras_pod.experiments.report.hardest_images import hardest
from keras_pod.experiments.run.console import plain_console
from keras_pod.experiments.run.measures import prototypes

# The part of a report on the runs on the same images, by the names in page.html, with
# what was measured of each run, by its label, and the findings on claims.
Section = dict[str, Any]


@matplotlib.style.context(pictures.STYLE)
def report(
    folders: Sequence[str | os.PathLike],
    out: str | os.PathLike = "report.html",
    figures_folder: str | os.PathLike | None = None,
    gaussian: bool = False,
    console: Console | None = None,
    data: str | os.PathLike | None = None,
) -> list[Section]:
    """Look at trained runs side by side, and write one HTML page.

    The arguments are those of `keras-pod report`; a section is for each set of images.
    InputError for a folder without a finished run, or images that have changed.
    """
    console = console or plain_console()
    out = Path(out)
    if out.is_dir():
        raise InputError(f"--out {out} is a folder; name a file, such as report.html.")
    check_folder(out.parent)
    if figures_folder is not None:
        check_folder(Path(figures_folder), "--figures")
    groups = runs.read(folders)
    sections = [_look_at(group, gaussian, console, data) for group in groups]
    methods = dict.fromkeys(run.method for g in groups for run in g.runs)
    few = ", ".join(methods) if len(methods) <= 4 else f"{len(methods)} methods"
    page = render(f"Report on {few}", sections)
    write_whole(out, lambda path: path.write_text(page, encoding="utf-8"))
    if figures_folder is not None:
        write_figures(sections, Path(figures_folder))
        console.print(f"figures and their numbers: {figures_folder}", markup=False)
    console.print(f"{out} ({len(page) / 1e6:.1f} MB)", highlight=False, markup=False)
    return sections


def _look_at(group: runs.Group, gaussian: bool, console: Console, data: Any) -> Section:
    measured, hard = {}, {}
    firsts = {own[0].label for own in group.methods.values()}
    for run in group.runs:
        text = f"{run.label}: {run.folder.path}"
        console.print(text, highlight=False, markup=False, soft_wrap=True)
        measured[run.label], images = _measured(run, gaussian, data)
        if run.label in firsts:
            hard[run.label] = hardest(measured[run.label], images, images.class_names)
    names = group.runs[0].content["data"]["class_names"]
    findings = tables.decide(group, measured)
    return {
        "measured": measured,
        "findings": findings,
        "title": group.title,
        "held_out": group.runs[0].held_out,
        "seeds": len(group.runs) > len(group.methods),
        "mixed": len({run.protocol for run in group.runs}) > 1,
        "validated": group.validated,
        "summary": tables.summary(group, measured),
        "differing": tables.differing_settings(group),
        "settings": tables.settings(group),
        "curves": list(pictures.curves(group)),
        "confusion": {n: tables.confusion(m, names) for n, m in measured.items()},
        "hardest": hard,
        "figures": list(pictures.of_runs(group, measured)),
        "claims": tables.claims(findings),
    }


def _measured(
    run: runs.Run, gaussian: bool, data: Any
) -> tuple[measurements.Measured, ImageSet]:
    trained = load_trained(run.folder.path, data)
    images = trained_on(trained)
    test, train = (
        measurements.outputs(trained.model, images, part) for part in ("test", "train")
    )
    head = trained.model.get_layer("logits")
    dim = test.features.shape[1]
    vectors = measurements.class_vectors(head, images.num_classes, dim)
    fixed = bool(trained.model.head and trained.model.head.fixed)
    angles = trained.score_name == "cosine"
    found = measurements.measure(test, train, vectors, fixed, gaussian, angles)
    found.numbers.update(measurements.of_gradients(train, head))
    if not fixed:
        # It is known of classes with superclasses, and a vector each.
        with contextlib.suppress(InputError):
            found.numbers.update(prototypes(trained.model, images))
    # Otherwise the history has another M than delta is made of.
    options = {} if run.settings["norm_pass"] else run.settings["options"]
    found.numbers.update(measurements.of_history(run.history, options))
    return found, images


def render(title: str, sections: list[Section]) -> str:
    """The page, with all that it shows in it."""
    source = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters["base64"] = lambda png: base64.b64encode(png).decode()
    template = environment.from_string(source)
    return template.render(title=title, sections=sections, version=__version__)


def write_figures(sections: list[Section], folder: Path) -> None:
    """Each figure as PNG and JSON, the tables as CSV, numbers and claims as JSON."""
    for i, section in enumerate(sections, 1):
        own = folder if len(sections) == 1 else folder / f"data{i}"
        files = {}
        for picture in (*section["curves"], *section["figures"]):
            files[f"{picture.name}.png"] = picture.png()
            files[f"{picture.name}.json"] = _json(picture.numbers)
        numbers = {label: found.numbers for label, found in section["measured"].items()}
        claims = [dataclasses.asdict(finding) for finding in section["findings"]]
        files["numbers.json"] = _json({"runs": numbers, "claims": claims})
        for name, content in files.items():
            write_whole(own / name, partial(Path.write_bytes, data=content))
        for name in ("summary", "claims"):
            table = section[name]
            rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            write_csv(own / f"{name}.csv", table.columns, rows)


def _json(content: dict[str, Any]) -> bytes:
    return f"{json.dumps(content, indent=1)}\n".encode()
