"""evaluate: how well a trained run does, and what its features are good for."""

import csv
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_pod import data as datasets
from keras_pod import evaluation
from keras_pod.analysis.inputs import matrix, unit
from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.data import ImageSet
from keras_pod.experiments.after.evaluate_unknown import show_unknown, unknown_classes
from keras_pod.experiments.after.run_images import load_images, trained_on
from keras_pod.experiments.after.trained import Trained, deciding_scores, load_trained
from keras_pod.experiments.run.console import show_answer
from keras_pod.experiments.run.measures import Outputs, gaussian_accuracy, predicted

_KINDS = {"same": True, "1": True, "different": False, "0": False}


def evaluate(
    folder: str | os.PathLike,
    data: str | None = None,
    gaussian: bool = False,
    *,
    verification: str | bool = False,
    retrieval: bool = False,
    unknown: str | None = None,
) -> dict[str, Any]:
    """Measure a run on the test images of its data, or of other data.

    The arguments are those of `keras-pod evaluate`; `verification` is True for all
    pairs of the images, or a CSV file of pairs. The Gaussians are fitted to the images
    that the run was trained on.

    Returns:
        data, images, accuracy, loss, the mean score of the true class (a cosine or
        a probability), the mean feature norm, and accuracy by class; of a run with an
        imbalance also that of the head, middle and tail classes; by the name of the
        argument what else was asked for.
    """
    # Errors in what is asked for are told before the images are looked at.
    pairs = None
    if isinstance(verification, str):
        pairs = read_pairs(Path(verification))
    if unknown:
        datasets.available(unknown)
    run = load_trained(folder, data)
    images = load_images(run, data or run.settings["data"])
    out, labels = predicted(run.model, images.test)
    features = out["features"]
    result = _accuracy(run, images, out, labels)
    if gaussian:
        own = trained_on(run)
        result["gaussian"] = gaussian_accuracy(run.model, own, features, labels)
    if unknown:
        result["unknown"] = unknown_classes(run, unknown, out)
    if verification:
        if pairs:
            found = verify_pairs(run, pairs)
        else:
            found = evaluation.verify_gallery(features, labels)
        points = [point._asdict() for point in found.operating]
        result["verification"] = found._asdict() | {"operating": points}
    if retrieval:
        result["retrieval"] = evaluation.retrieve(features, labels)._asdict()
    return result


def _accuracy(
    run: Trained, images: ImageSet, out: Outputs, labels: np.ndarray
) -> dict[str, Any]:
    """Measures of any run, from the outputs for the test images."""
    measured = run.model.evaluate(images.test, verbose=0, return_dict=True)
    right = deciding_scores(out).argmax(axis=1) == labels
    result: dict[str, Any] = {
        "data": images.name,
        "images": len(labels),
        "accuracy": float(right.mean()),
        "loss": float(measured["loss"]),
        run.score_name: float(run.scores(out)[np.arange(len(labels)), labels].mean()),
        "feature_norm": float(np.linalg.norm(out["features"], axis=1).mean()),
        "class_accuracy": {
            name: float(right[labels == i].mean()) if np.any(labels == i) else None
            for i, name in enumerate(images.class_names)
        },
    }
    if run.settings.get("imbalance"):
        result["tail"] = by_frequency(result["class_accuracy"], run.data)
    return result


def by_frequency(
    class_accuracy: dict[str, float | None], data: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The mean accuracy of the classes in thirds, by their number of training images.

    Each third has also the smallest and the largest number of images of a class; one
    without test images is left out.

    >>> found = by_frequency(
    ...     {"a": 0.9, "b": 0.7, "c": 0.1},
    ...     {"class_names": ["a", "b", "c"], "class_counts": [50, 5, 500]})
    >>> found["tail"], found["head"]["accuracy"]
    ({'accuracy': 0.7, 'images': [5, 5]}, 0.1)
    """
    names, counts = data["class_names"], data["class_counts"]
    # Classes that `extend` added come after those that were counted.
    order = sorted(range(len(counts)), key=lambda i: -counts[i])
    thirds, found = np.array_split(order, 3), {}
    for part, third in zip(("head", "middle", "tail"), thirds, strict=True):
        own = (class_accuracy.get(names[i]) for i in third)
        known = [value for value in own if value is not None]
        if known:
            images = [counts[i] for i in third]
            found[part] = {
                "accuracy": float(np.mean(known)),
                "images": [min(images), max(images)],
            }
    return found


class Pairs(NamedTuple):
    """The pairs of a CSV file, and the line where each of their images comes first."""

    path: Path
    images: list[tuple[Path, Path]]
    same: np.ndarray
    lines: dict[Path, int]


def read_pairs(path: Path) -> Pairs:
    """The pairs of a CSV file: two image files and "same" or "different" (1 or 0).

    Paths are relative to the file's folder. There is no header.
    """
    if not path.is_file():
        raise InputError(f"--verification {path}: there is no such file.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8 ({error}).") from error
    pairs, same = [], []
    lines: dict[Path, int] = {}
    for number, row in enumerate(rows, 1):
        if not row:
            continue
        cells = [cell.strip() for cell in row]
        if len(cells) != 3 or cells[2].lower() not in _KINDS:
            raise InputError(
                f"{path}, line {number}, is {','.join(row)!r}: write two image "
                "files and 'same' or 'different', such as a.png,b.png,same."
            )
        pair = path.parent / cells[0], path.parent / cells[1]
        for image in pair:
            if not image.is_file():
                raise InputError(
                    f"{path}, line {number}: there is no file '{image}'; paths are "
                    f"relative to the folder of {path.name}."
                )
            lines.setdefault(image, number)
        pairs.append(pair)
        same.append(_KINDS[cells[2].lower()])
    if not pairs:
        raise InputError(f"{path} holds no pair.")
    return Pairs(path, pairs, np.array(same), lines)


def verify_pairs(run: Trained, pairs: Pairs) -> evaluation.verification.Verification:
    """Verification of the pairs of a CSV file, by the cosine of their features."""
    lines = pairs.lines

    def read(image: Path) -> np.ndarray:
        try:
            return run.read(image)
        except InputError as error:
            raise InputError(f"{pairs.path}, line {lines[image]}: {error}") from error

    place = {image: i for i, image in enumerate(lines)}
    rows = unit(matrix("features", run.predict_files([*lines], read)["features"]))
    a, b = (rows[[place[pair[i]] for pair in pairs.images]] for i in (0, 1))
    return evaluation.verify((a * b).sum(axis=1), pairs.same)


def show(measured: dict[str, Any]) -> None:
    """Print what `evaluate` returned."""
    rows = [
        (name, f"{value:.2%}" if name == "accuracy" else f"{value:.4f}")
        for name, value in measured.items()
        if isinstance(value, float)
    ]
    if found := measured.get("gaussian"):
        name = "accuracy of a Gaussian per class on the features"
        name = f"{name} (shrinkage {found['shrinkage']:g})"
        rows.append((name, f"{found['accuracy']:.2%}"))
    for name, part in measured.get("tail", {}).items():
        few, many = part["images"]
        name = f"accuracy of {name} classes ({few:,} to {many:,} training images)"
        rows.append((name, f"{part['accuracy']:.2%}"))
    for name, value in measured["class_accuracy"].items():
        shown = "no images" if value is None else f"{value:.2%}"
        rows.append((f"accuracy of {name}", shown))
    title = f"{counted(measured['images'], 'test image')} of {measured['data']}"
    show_answer(title, ["measure", "value"], rows)
    if "verification" in measured:
        _show_verification(measured["verification"])
    if "retrieval" in measured:
        _show_retrieval(measured["retrieval"])
    if "unknown" in measured:
        show_unknown(measured["unknown"])


def _show_verification(found: dict[str, Any]) -> None:
    rows = []
    for point in found["operating"]:
        cells = "", "too few pairs", ""
        if point["resolved"]:
            between = f"{point['low']:.2%} to {point['high']:.2%}"
            cells = f"{point['threshold']:.4f}", f"{point['tar']:.2%}", between
        rows.append((f"{point['far']:g}", *cells))
    show_answer(
        f"\nverification: {counted(found['same'], 'same pair')} and "
        f"{counted(found['different'], 'different pair')}",
        ["false accept rate", "threshold", "true accept rate", "95 % interval"],
        rows,
        [
            f"equal error rate {found['eer']:.2%} at cosine "
            f"{found['eer_threshold']:.4f}, area under the curve {found['auc']:.4f}"
        ],
    )


def _show_retrieval(found: dict[str, Any]) -> None:
    values = {f"recall@{k}": value for k, value in found["recall"].items()}
    values["mean average precision"] = found["mean_average_precision"]
    show_answer(
        f"\nretrieval: {counted(found['queries'], 'query', 'queries')}",
        ["measure", "value"],
        [(name, f"{value:.2%}") for name, value in values.items()],
    )
