"""calibrate: probabilities and "none of these" for a run, saved in its model."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod import evaluation
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.core.printable import counted
from keras_pod.experiments.after.evaluate_unknown import gaussians_of, unknown_classes
from keras_pod.experiments.after.run_images import Part, held_out_parts
from keras_pod.experiments.after.trained import load_trained, threshold_scores
from keras_pod.experiments.run.console import show_answer
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.layers.calibration import SCORES

# The level of the test that scores are no probabilities as they are.
SIGNIFICANCE = 0.05


def calibrate(
    folder: str | os.PathLike,
    keep: float | None = None,
    score: str | None = None,
    data: str | os.PathLike | None = None,
    unknown: str | None = None,
) -> dict[str, Any]:
    """Fit a temperature, and a threshold if wanted, and save them in the model.

    They are fitted on the run's validation images, or on half of the test images if it
    has none; what is returned was measured on other images. Where those cannot tell
    that the scores' softmax is no probability as it is, the temperature is 1. The
    model's weights stay as they are; it gets an output `probabilities`, and `known`
    with a threshold. A threshold that it has stays where no other is asked for.

    The arguments are those of `keras-pod calibrate`: `keep` is the share of the known
    images that the threshold keeps. By "auto" the score is the one with the best AUROC
    between the images that it is fitted on and the unknown ones.

    Returns:
        temperature, what it was fitted on and reported on, and `before` and
        `after`: accuracy, calibration error (15 bins), Brier score and log loss.
        With a threshold: score, keep, threshold and the share of the reported images
        that it keeps; with "auto" also `chosen_by`: the unknown data, their number of
        images and the AUROC of each score.
    """
    _check(keep, score, unknown)
    score = score or "cosine"
    run, files = load_trained(folder, data), RunFolder(folder)
    own = run.settings["data"]
    if data and Path(data).expanduser().resolve() != Path(own).resolve():
        raise InputError(
            f"--data {data}: the run's data are here, {own}; leave it out."
        )
    fit, report = held_out_parts(run)
    logits = fit.out["logits"]
    fitted = evaluation.fit_temperature(logits, fit.labels, SIGNIFICANCE)
    fits = {"before": evaluation.Temperature(1.0), "after": fitted}
    result = {
        "temperature": fitted.temperature,
        "fitted_on": {"images": fit.images, "count": len(fit.labels)},
        "reported_on": {"images": report.images, "count": len(report.labels)},
        **{when: _quality(found, report) for when, found in fits.items()},
    }
    model = evaluation.with_probabilities(run.model, fitted)
    if unknown:
        found = unknown_classes(run, unknown, fit.out)
        auroc = {name: each["auroc"] for name, each in found["scores"].items()}
        score = max(auroc, key=lambda name: auroc[name])
        chosen = {"unknown": unknown, "images": found["images"], "auroc": auroc}
        result["chosen_by"] = chosen
    if keep is not None:
        gaussians = gaussians_of(run) if score == "gaussian" else None
        scored = evaluation.with_threshold(run.model, score, -math.inf, gaussians)
        least = evaluation.fit_threshold(threshold_scores(scored, fit.out), keep)
        # The last digits depend on how many images are scored at once.
        least -= 1e-6 * abs(least)
        kept = float((threshold_scores(scored, report.out) >= least).mean())
        result |= {"score": score, "keep": keep, "threshold": least, "kept": kept}
        model = evaluation.with_threshold(model, score, least, gaussians)
    files.write_model(model)
    files.write_json(files.content() | {"calibration": result})
    return result


def _check(keep: float | None, score: str | None, unknown: str | None) -> None:
    """Raise InputError for values out of range, or that do not go together."""
    if score is not None and keep is None:
        raise InputError(f"--score {score} is for a threshold; give --threshold too.")
    if keep is not None and not 0 < keep <= 1:
        raise InputError(f"--threshold must be in (0, 1]: {keep}")
    known = (*SCORES, "auto")
    if score and score not in known:
        raise unknown_name("--score", score, known)
    if (score == "auto") != bool(unknown):
        raise InputError(
            "--score auto and --unknown DATA go together: which score is best is told "
            "by images of unknown classes; the known ones alone do not tell it."
        )


def _quality(fitted: evaluation.Temperature, part: Part) -> dict[str, float]:
    p = fitted.probabilities(part.out["logits"])
    own = p[np.arange(len(p)), part.labels]
    return {
        "accuracy": float((p.argmax(axis=1) == part.labels).mean()),
        "calibration_error": evaluation.calibration_error(p, part.labels),
        "brier": evaluation.brier_score(p, part.labels),
        "log_loss": float(-np.log(np.maximum(own, 1e-300)).mean()),
    }


def show(result: dict[str, Any]) -> None:
    """Print what `calibrate` returned."""
    fit, report = result["fitted_on"], result["reported_on"]
    lines = [
        f"temperature {result['temperature']:.4g}, fitted on "
        f"{counted(fit['count'], 'image')}: {fit['images']}",
    ]
    if result["temperature"] == 1:
        lines.append(
            "as far as these can tell, the softmax of the scores gives probabilities "
            "as it is"
        )
    if chosen := result.get("chosen_by"):
        every = sorted(chosen["auroc"].items(), key=lambda item: -item[1])
        lines.append(
            f"AUROC of {counted(chosen['images'], 'unknown image')} of "
            f"{chosen['unknown']}: "
            + ", ".join(f"{name} {value:.1%}" for name, value in every)
        )
    if "threshold" in result:
        lines.append(
            f'"none of these" where the known score, {result["score"]}, is below '
            f"{result['threshold']:.4g}: "
            f"{result['kept']:.2%} of the reported images are kept"
        )
    lines.append("saved in the model: `predict` now gives them")
    before, after = result["before"], result["after"]
    show_answer(
        f"on {counted(report['count'], 'image')}: {report['images']}",
        ["measure", "before", "after"],
        [
            (name.replace("_", " "), f"{before[name]:.4f}", f"{after[name]:.4f}")
            for name in before
        ],
        lines,
    )
