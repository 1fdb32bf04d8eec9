"""POD features beside softmax features, after training on 8 of 10 classes.

    python examples/use_features.py                       # digits
    python examples/use_features.py --data fashion_mnist  # 10,000 of its images

Both methods are trained alike, three seeds each. Then, with what the package does for
any trained run:

- verification and retrieval, on test images of the known and of the two unseen classes;
- unknown classes: the test images of the two against those of the eight;
- probabilities: calibration error before and after a temperature;
- classes to come: the two are added from 5, 10 and 20 images of each, by class means
  and by a ridge solve, so that what the features add is told from the solver.

The same call goes on where it was stopped. Ours of digits are shown again, without
training, by `--out examples/results/features-digits`.
"""

import argparse
import json
from pathlib import Path

import keras
import numpy as np

from keras_pod import evaluation
from keras_pod.analysis.inputs import unit
from keras_pod.core import markdown
from keras_pod.core.disk import write_whole
from keras_pod.experiments.after.calibrate import calibrate
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.run_images import (
    load_others,
    of_classes,
    trained_on,
)
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train

EPOCHS = {"digits": 30, "fashion_mnist": 15}
LIMIT = {"digits": None, "fashion_mnist": 10_000}
METHODS = ("pod", "softmax")
SHOTS = (5, 10, 20)


def measure(data: str, method: str, seed: int, epochs: int) -> dict:
    """Train one run and measure everything."""
    name = f"{method}-epochs{epochs}-seed{seed}"
    folder = Path("runs") / f"features-{data}" / name
    settings = Settings(
        data=f"{data}-8",
        loss=method,
        seed=seed,
        epochs=epochs,
        limit=LIMIT[data],
        reserve=2 if method == "pod" else None,
        # Of 1154 images two would be left for the last batch, too few for batch
        # normalisation.
        drop_last=True,
    )
    train(settings, folder)
    run = load_trained(folder)
    images, names = load_others(run, data)
    unseen = gathered(of_classes(run, images, images.test, names))
    features = run.model.predict(unseen[0], verbose=0)["features"]
    own = trained_on(run)
    k = own.num_classes
    old, old_test = gathered(own.train_in_order), gathered(own.test)
    new = gathered(of_classes(run, images, images.train_in_order, names))
    new, new_test = ((x, y + k) for x, y in (new, unseen))
    known = evaluate(folder, verification=True, retrieval=True, unknown=data)
    return {
        "data": data,
        "method": method,
        "seed": seed,
        "epochs": epochs,
        "accuracy": known["accuracy"],
        "known": pairs(known["verification"], known["retrieval"]),
        "unseen": pairs(
            evaluation.verify_gallery(features, unseen[1])._asdict(),
            evaluation.retrieve(features, unseen[1])._asdict(),
        ),
        "unknown": known["unknown"]["scores"],
        "extension": extension(run.model, old, new, (old_test, new_test), seed),
        # Last: it adds to the saved model.
        "calibration": calibrate(folder),
    }


def gathered(batches) -> tuple[np.ndarray, np.ndarray]:
    x, y = zip(*batches, strict=True)
    return np.concatenate(x), np.concatenate(y)


def pairs(verification: dict, retrieval: dict) -> dict[str, float]:
    points = [
        dict(p) if isinstance(p, dict) else p._asdict()
        for p in verification["operating"]
    ]
    return {
        "EER": verification["eer"],
        "TAR at FAR 1e-2": next(p["tar"] for p in points if p["far"] == 1e-2),
        "recall@1": retrieval["recall"][1],
        "mAP": retrieval["mean_average_precision"],
    }


def extension(model, old, new, tests, seed: int) -> dict[str, dict[str, float]]:
    """Accuracy of old and new classes, each method by both solvers.

    Class means: the class whose mean direction is nearest. Ridge: the dense layer of
    the features is fitted anew, so that the new images go where there is room, which
    is the reserved centroids of POD, and for other heads directions orthogonal to the
    old class means; old classes are then told by their centroids, or by their means.

    Args:
        model: a trained classifier.
        old, new: training images and labels, those of the new classes from k on.
        tests: images and labels of the test images, of the old and the new classes.
        seed: draws the images of the new classes.
    """
    layer = model.get_layer("features")
    before = keras.Model(model.inputs, layer.input)
    weights = evaluation.DenseWeights(*map(keras.ops.convert_to_numpy, layer.weights))
    h = before.predict(old[0], verbose=0)
    h_tests = [before.predict(x, verbose=0) for x, _ in tests]
    means = class_means(h @ weights.kernel + weights.bias, old[1])
    k, count = len(means), len(np.unique(new[1]))
    if getattr(model.head, "reserved", 0):
        vectors = keras.ops.convert_to_numpy(model.head.centroids)
        room = keras.ops.convert_to_numpy(model.head.reserved_centroids)[:count]
    else:
        vectors, room = means, np.linalg.svd(means)[2][k : k + count]
    found = {}
    for shots in SHOTS:
        x, y = drawn(new, shots, seed)
        few = before.predict(x, verbose=0)
        wider = evaluation.extend_dense(weights, h, few, y - k, room, num_old=k)
        new_means = class_means(few @ weights.kernel + weights.bias, y)
        for solver, (kernel, bias), old_rows, new_rows in (
            ("class means", weights, means, new_means),
            ("ridge", wider, vectors, room),
        ):
            rows = np.concatenate([old_rows, new_rows])
            scores = [unit(part @ kernel + bias) @ rows.T for part in h_tests]
            labels = [labels for _, labels in tests]
            found[f"{shots} images, {solver}"] = accuracy(scores, labels)
    return found


def class_means(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean direction of each class, (c, n)."""
    directions = unit(features)
    classes = np.unique(labels)
    return unit(np.stack([directions[labels == c].mean(axis=0) for c in classes]))


def drawn(new, shots: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Some images of each new class."""
    x, y = new
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(y == c) for c in np.unique(y)]
    chosen = np.concatenate([rng.choice(m, shots, replace=False) for m in members])
    return x[chosen], y[chosen]


def accuracy(scores, labels) -> dict[str, float]:
    found = zip(("old", "new"), scores, labels, strict=True)
    return {name: float((s.argmax(axis=1) == y).mean()) for name, s, y in found}


def flat(record: dict) -> dict[str, float]:
    """The rows of the table."""
    rows = {"accuracy, known classes": record["accuracy"]}
    for part in ("known", "unseen"):
        rows |= {f"{name}, {part} classes": v for name, v in record[part].items()}
    for score, found in record["unknown"].items():
        rows[f"AUROC of unknown classes, {score}"] = found["auroc"]
        rows[f"FPR at 95 % TPR, {score}"] = found["fpr95"]
    for when in ("before", "after"):
        error = record["calibration"][when]["calibration_error"]
        rows[f"calibration error, {when}"] = error
    for name, found in record["extension"].items():
        rows |= {f"{which} classes, {name}": v for which, v in found.items()}
    return rows


def table(records: list[dict]) -> str:
    lines = []
    by = {m: [flat(r) for r in records if r["method"] == m] for m in METHODS}
    for name in dict.fromkeys(n for rows in by.values() for row in rows for n in row):
        cells = [name]
        for rows in by.values():
            values = [100 * row[name] for row in rows if name in row]
            spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.1f}{spread}" if values else "")
        lines.append(cells)
    lines = markdown.table(["measure, %", *METHODS], lines, left=None)
    return "\n".join(lines) + "\n"


def read(path: Path) -> list[dict]:
    """The runs that ended; those that do not say their epochs had the usual number."""
    text = path.read_text() if path.exists() else ""
    records = [json.loads(line) for line in text.splitlines()]
    return [{"epochs": EPOCHS[record["data"]]} | record for record in records]


def alike(records: list[dict], data: str, epochs: int) -> list[dict]:
    """The runs that belong in one table."""
    return [r for r in records if (r["data"], r["epochs"]) == (data, epochs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=list(EPOCHS), default="digits")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    epochs = given.epochs or EPOCHS[given.data]
    out = given.out or Path("runs") / f"features-{given.data}"
    path = out / "results.jsonl"
    records = read(path)
    found = alike(records, given.data, epochs)
    print(f"{len(found)} runs of {given.data}, {epochs} epochs, are in {path}")
    done = {(record["method"], record["seed"]) for record in found}
    for seed in range(given.seeds):
        for method in METHODS:
            if (method, seed) not in done:
                records.append(measure(given.data, method, seed, epochs))
                lines = "".join(json.dumps(record) + "\n" for record in records)
                write_whole(path, lambda beside, lines=lines: beside.write_text(lines))
    shown = table(alike(records, given.data, epochs))
    write_whole(out / "table.md", lambda beside: beside.write_text(shown))
    print(shown)


if __name__ == "__main__":
    main()
