"""Unknown classes: how well a trained run's scores tell them from the known."""

from pathlib import Path
from typing import Any

from keras_pod import data as datasets
from keras_pod import evaluation
from keras_pod.analysis import GaussianClassifier, choose_shrinkage
from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.data.names import is_path
from keras_pod.experiments.after import run_images
from keras_pod.experiments.after.trained import Trained, joined
from keras_pod.experiments.run.console import show_answer
from keras_pod.experiments.run.measures import Outputs, predicted


def unknown_classes(run: Trained, data: str, known: Outputs) -> dict[str, Any]:
    """AUROC, AUPR and FPR at 95 % TPR of each score, by outputs for known images.

    The unknown ones are a folder of images, or the test images of a name or .npz file
    for `keras_pod.data.load`, or all if it has none of its own. Classes that the run
    has are left out, which in a folder are folders of their names.

    Returns:
        data, images, `left_out` classes, `scores` by name, and with a threshold in
        the model `threshold`: the share of known images (not those it was fitted on)
        that it keeps and the share of unknown images that pass it. `without` says
        which scores there are none of, and why.
    """
    other, left_out = _outputs(run, data)
    images = len(other["logits"])
    result: dict[str, Any] = {"data": data, "images": images, "left_out": left_out}
    vectors, gaussians, without = None, None, []
    try:
        vectors = evaluation.prototypes_of(evaluation.head_of(run.model))
    except InputError as error:
        without.append(f"no cosines: {error}")
    try:
        gaussians = gaussians_of(run)
    except InputError as error:
        without.append(f"no Gaussian score: {error}")
    if without:
        result["without"] = "; ".join(without)
    scores = []
    for out in (known, other):
        found = evaluation.known_scores(out["features"], out["logits"], vectors)
        if gaussians:
            found["gaussian"] = gaussians.scores(out["features"]).max(axis=1)
        scores.append(found)
    result["scores"] = {
        name: evaluation.open_set(*(found[name] for found in scores))._asdict()
        for name in scores[0]
    }
    if "known" in other:
        _, report = run_images.held_out_parts(run)
        result["threshold"] = {
            "known_kept": float(report.out["known"].mean()),
            "unknown_pass": float(other["known"].mean()),
        }
    return result


def gaussians_of(run: Trained) -> GaussianClassifier:
    """A Gaussian for each class on the features of the run's training images."""
    out, y = predicted(run.model, run_images.trained_on(run).train_in_order)
    shrinkage, _ = choose_shrinkage(out["features"], y)
    gaussians = GaussianClassifier(shrinkage, priors="equal")
    return gaussians.fit(out["features"], y)


def _outputs(run: Trained, data: str) -> tuple[Outputs, list[str]]:
    """The outputs for images of other classes, and the classes that are left out."""
    folder = Path(data).expanduser()
    if is_path(data) and folder.is_dir():
        mine = set(run.data["class_names"])
        files, left_out = [], set()
        for file in datasets.list_images(folder):
            known = mine & {*file.relative_to(folder).parts[:-1]}
            left_out |= known
            if not known:
                files.append(file)
        if not files:
            raise run_images.no_other_class(data)
        return run.predict_files(files), sorted(left_out)
    images, names = run_images.load_others(run, data)
    if images.held_out:
        run_images.measure_all(images)
    batches = run_images.of_classes(run, images, images.test, names)
    parts = [run.model.predict(x, verbose=0) for x, _ in batches]
    if not parts:
        raise InputError(f"'{data}' has no test image of another class.")
    return joined(parts), [name for name in images.class_names if name not in names]


def show_unknown(found: dict[str, Any]) -> None:
    """Print what `unknown_classes` returned."""
    rows = [
        (name, *(f"{values[key]:.2%}" for key in ("auroc", "aupr", "fpr95")))
        for name, values in found["scores"].items()
    ]
    lines = []
    if names := found["left_out"]:
        lines.append(f"left out, as the run has these classes: {', '.join(names)}")
    if at := found.get("threshold"):
        lines.append(
            f"the model's threshold keeps {at['known_kept']:.2%} of the known images; "
            f"{at['unknown_pass']:.2%} of the unknown pass"
        )
    if "without" in found:
        lines.append(found["without"])
    title = f"\n{counted(found['images'], 'unknown image')} of {found['data']}"
    show_answer(title, ["score", "AUROC", "AUPR", "FPR at 95 % TPR"], rows, lines)
