"""The commands that ask something of trained runs."""

import importlib
import json
import sys
from functools import partial
from typing import Any

from keras_pod.experiments.cli.command import Command

_RUN = {"folder RUN": "the folder of a trained run"}
_MOVED = {"--data DATA": "where the run's data are now, if moved"}
_JSON = {"--json": {"dest": "as_json", "help": "print JSON"}}
_GAUSSIAN = {"--gaussian": "classify by Gaussians as well"}


def _answer(name: str, as_json: bool = False, **given: Any) -> Any:
    """Call the function of that name, and print the answer as JSON or for people."""
    module = importlib.import_module(f"keras_pod.experiments.after.{name}")
    answer = getattr(module, name)(**given)
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        module.show(answer)
    return answer


def _predict(**given: Any) -> int:
    rows = _answer("predict", **given)
    errors = [row["error"] for row in rows if "error" in row]
    for error in errors:
        print(f"keras-pod: {error}", file=sys.stderr)
    return 1 if errors else 0


def _extend(
    folder: str, out: str | None = None, as_json: bool = False, **given: Any
) -> None:
    out = out or f"{folder.rstrip('/')}-extended"
    _answer("extend", as_json, folder=folder, out=out, **given)
    if not as_json:
        print(f"  {out}")


def _report(**given: Any) -> None:
    try:
        from keras_pod.experiments.report.page import report
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{error}: a report draws with matplotlib, pip install keras-pod[plots]"
        ) from error
    report(**given)


def _export(**given: Any) -> None:
    from keras_pod.experiments.export.export import export_run, show

    show(export_run(**given))


EVALUATE = Command(
    "evaluate",
    "measure a trained run, and what its features are good for",
    "keras-pod evaluate runs/digits-pod-seed0 --verification --retrieval",
    partial(_answer, "evaluate"),
    {
        **_RUN,
        "--data DATA": "other data with the same classes, or where the run's are now",
        **_GAUSSIAN,
        "--verification PAIRS.csv": {
            "nargs": "?",
            "const": True,
            "help": "tell pairs of one class from pairs of two: all pairs of the test "
            "images, or those of a file with lines such as a.png,b.png,same (or "
            "different)",
        },
        "--retrieval": "Recall@K and mAP of the test images",
        "--unknown DATA": "tell the known from images of other classes: a folder, a "
        "name or .npz",
        **_JSON,
    },
)
REPORT = Command(
    "report",
    "look at trained runs side by side: one HTML file with figures and claims",
    "keras-pod report runs/digits-softmax-seed0 runs/digits-pod-seed0",
    _report,
    {
        "folders RUN": {"nargs": "+", "help": "folders of trained runs"},
        "--out FILE": "the page (default: report.html)",
        "--figures DIR": {
            "dest": "figures_folder",
            "help": "write each figure as PNG as well, with data",
        },
        **_GAUSSIAN,
        "--data DATA": "where the runs' data are now, if moved",
    },
)
PREDICT = Command(
    "predict",
    "the class of each image, and how sure",
    "keras-pod predict runs/digits-pod-seed0 three.png more/ --json",
    _predict,
    {
        **_RUN,
        "paths PATH": {"nargs": "+", "help": "image files, or folders of them"},
        **_JSON,
    },
)
CALIBRATE = Command(
    "calibrate",
    'save probabilities, and a threshold for "none of these", in a run\'s model',
    "keras-pod calibrate runs/digits-pod-seed0 --threshold 0.95",
    partial(_answer, "calibrate"),
    {
        **_RUN,
        "--threshold KEEP": {
            "dest": "keep",
            "type": float,
            "nargs": "?",
            "const": 0.95,
            "help": "also fit the threshold that keeps this share of the known images "
            "(0.95 where no number is given)",
        },
        "--score NAME": "what the threshold is on: cosine (default), norm, product, "
        "energy, probability, or gaussian (a Gaussian for each class on the "
        "features); `evaluate --unknown` compares them, and auto takes the best",
        "--unknown DATA": "images of other classes, by which --score auto chooses: a "
        "folder, a name or .npz",
        **_MOVED,
        **_JSON,
    },
)
EXTEND = Command(
    "extend",
    "give a trained run new classes, from a few images of each",
    "keras-pod extend runs/mine --data new-classes/ --images 10\n"
    "  (after keras-pod train --reserve 5 --out runs/mine)",
    _extend,
    {
        **_RUN,
        "--data DATA": {
            "required": True,
            "help": "a folder with one folder of images per new class, a name or an "
            ".npz file; classes that the run has already are left out",
        },
        "--images N": (
            int,
            "use this many training images of each new class (default: all)",
        ),
        "--out DIR": "the new run's folder (default: RUN-extended)",
        **_JSON,
    },
)
EXPORT = Command(
    "export",
    "write a trained run as a file to serve, and check what it answers",
    "keras-pod export runs/digits-pod-seed0 --format onnx",
    _export,
    {
        **_RUN,
        "--format NAME": "saved_model (default; for TensorFlow and its servers), onnx, "
        "or litert",
        "--out PATH": "what to write (default: saved_model/, model.onnx or "
        "model.tflite in the run's folder)",
        "--force": "replace an export that is already there",
    },
)
AFTER = (EVALUATE, REPORT, PREDICT, CALIBRATE, EXTEND, EXPORT)
