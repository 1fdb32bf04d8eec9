"""Verification and retrieval with the features of a trained run."""

import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_pod import data as datasets
from keras_pod import evaluation
from keras_pod.analysis.inputs import matrix, unit
from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.evaluation.verification import FALSE_ACCEPT_RATES, Verification
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.run.console import save_picture, show_answer

_KINDS = {"same": True, "1": True, "different": False, "0": False}
# Between those that are printed there are others, for the curve.
RATES = sorted({*FALSE_ACCEPT_RATES, *np.logspace(-6, 0, 49).tolist()}, reverse=True)


class Labelled(NamedTuple):
    """Features (N, n) of images with the class (N,) of each."""

    features: np.ndarray
    labels: np.ndarray


def read_pairs(path: Path) -> tuple[list[tuple[Path, Path]], np.ndarray]:
    """The pairs of a CSV file: two image files and "same" or "different" (1 or 0).

    Paths are relative to the file's folder. There is no header.
    """
    if not path.is_file():
        raise InputError(f"'{path}' does not exist.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8 ({error}).") from error
    pairs, same = [], []
    for number, row in enumerate(rows, 1):
        if not row:
            continue
        cells = [cell.strip() for cell in row]
        if len(cells) != 3 or cells[2].lower() not in _KINDS:
            raise InputError(
                f"{path}, line {number}, is {','.join(row)!r}: write two image "
                "files and 'same' or 'different', such as a.png,b.png,same."
            )
        files = tuple(path.parent / cell for cell in cells[:2])
        for image in files:
            if not image.is_file():
                raise InputError(f"{path}, line {number}: '{image}' is no file.")
        pairs.append(files)
        same.append(_KINDS[cells[2].lower()])
    if not pairs:
        raise InputError(f"{path} holds no pair.")
    return pairs, np.array(same)


def verify_pairs(run: Trained, path: Path) -> Verification:
    """Verification of the pairs of a CSV file, by the cosine of their features."""
    pairs, same = read_pairs(path)
    files = sorted({image for pair in pairs for image in pair})
    place = {image: i for i, image in enumerate(files)}
    rows = unit(matrix("features", run.predict_files(files)["features"]))
    a, b = (rows[[place[pair[i]] for pair in pairs]] for i in (0, 1))
    return evaluation.verify((a * b).sum(axis=1), same, RATES)


def read_classes(run: Trained, *folders: str) -> list[Labelled]:
    """Features of folders that hold one folder of images per class, of any classes.

    The same name is the same class in all folders.
    """
    found = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise InputError(f"folder '{folder}' does not exist.")
        inside = (p for p in sorted(folder.iterdir()) if not p.name.startswith("."))
        classes = [path for path in inside if path.is_dir()]
        if not classes:
            raise InputError(f"'{folder}' must hold a folder of images per class.")
        found.append(
            [(file, p.name) for p in classes for file in datasets.list_images(p)]
        )
    names = sorted({name for images in found for _, name in images})
    return [
        Labelled(
            run.predict_files([file for file, _ in images])["features"],
            np.array([names.index(name) for _, name in images]),
        )
        for images in found
    ]


def with_picture(found: Verification, folder: Path) -> dict[str, Any]:
    """The verification for JSON; its curve is drawn to roc.png in the run's folder."""

    def curve() -> Any:
        from keras_pod.experiments.plots.evaluation import roc_curve

        return roc_curve(found.operating, f"verification with {folder.name}")

    points = [p._asdict() for p in found.operating if p.far in FALSE_ACCEPT_RATES]
    result, picture = found._asdict() | {"operating": points}, folder / "roc.png"
    try:
        if save_picture(picture, curve):
            result["picture"] = str(picture)
    except OSError as error:
        # Somebody else's run can be looked at as well.
        result["no_picture"] = str(error)
    return result


def show_verification(found: dict[str, Any]) -> None:
    """Print TAR at each FAR with its interval, and the equal error rate."""
    rows = [
        (
            f"{point['far']:g}",
            f"{point['threshold']:.4f}",
            f"{point['tar']:.2%}",
            f"{point['low']:.2%} to {point['high']:.2%}",
        )
        if point["resolved"]
        else (f"{point['far']:g}", "", "too few pairs", "")
        for point in found["operating"]
    ]
    lines = [
        f"equal error rate {found['eer']:.2%} at cosine {found['eer_threshold']:.4f}, "
        f"area under the curve {found['auc']:.4f}"
    ]
    if "picture" in found:
        lines.append(f"  {found['picture']}")
    if "no_picture" in found:
        lines.append(f"no picture: {found['no_picture']}")
    show_answer(
        f"verification: {counted(found['same'], 'same pair')} and "
        f"{counted(found['different'], 'different pair')}",
        ["false accept rate", "threshold", "true accept rate", "95 % interval"],
        rows,
        lines,
    )


def show_retrieval(found: dict[str, Any]) -> None:
    """Print recall@K and the mean average precisions."""
    values = {f"recall@{k}": value for k, value in found["recall"].items()}
    values["mean average precision"] = found["mean_average_precision"]
    values["mean average precision at R"] = found["map_at_r"]
    show_answer(
        f"retrieval: {counted(found['queries'], 'query', 'queries')}",
        ["measure", "value"],
        [(name, f"{value:.2%}") for name, value in values.items()],
    )
