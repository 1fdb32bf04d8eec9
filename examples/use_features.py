"""What POD features give over softmax features, after training on 8 of 10 classes.

    python examples/use_features.py                       # digits
    python examples/use_features.py --data fashion_mnist  # 10,000 of its images

Both methods are trained alike, three seeds each. Then, with what the package does for
any trained run:

- verification and retrieval, on test images of the known and of the two unseen classes;
- unknown classes: the test images of the two against those of the eight;
- probabilities: calibration error before and after a temperature;
- classes to come: the two are added from 5, 10 and 20 images of each.

The same call goes on where it was stopped. Ours are shown again, without training, by
`--out examples/results/features-digits` and `features-fashion_mnist`.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from keras_pod import evaluation
from keras_pod.analysis.inputs import unit
from keras_pod.core.disk import write_whole
from keras_pod.experiments.after.calibrate import calibrate
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.run_images import (
    load_images,
    load_others,
    of_classes,
    trained_on,
)
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.run.measures import predicted
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train

EPOCHS = {"digits": 30, "fashion_mnist": 15}
LIMIT = {"digits": None, "fashion_mnist": 10_000}
METHODS = ("pod", "softmax")
SHOTS = (5, 10, 20)


def measure(data: str, method: str, seed: int, epochs: int) -> dict:
    """Trains one run and measures everything."""
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
    features = features_of(run, unseen[0])
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
        "extension": extension(
            run, gathered(of_classes(run, images, images.train_in_order, names)), unseen
        ),
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


def extension(run, new, unseen) -> dict[str, dict[str, float]]:
    """Accuracy of old and new classes, by the reserved centroids and by class means."""
    test = load_images(run, run.settings["data"]).test
    train_images = trained_on(run).train_in_order
    out, labels = predicted(run.model, test)
    k = out["logits"].shape[1]
    rows = [out["features"], features_of(run, unseen[0])]
    right = labels, unseen[1] + k
    seen, seen_labels = predicted(run.model, train_images)
    means = [class_mean(seen["features"][seen_labels == c]) for c in range(k)]
    found = {}
    for shots in SHOTS:
        x, y = drawn(new, shots, run.settings["seed"])
        own = features_of(run, x)
        both = np.stack(means + [class_mean(own[y == c]) for c in range(2)])
        scores = [unit(part) @ both.T for part in rows]
        found[f"{shots} images, class means"] = accuracy(scores, right)
        if getattr(run.model.head, "reserved", 0):
            wider = evaluation.extended(run.model, train_images, x, y + k)
            scores = [
                wider.predict(part, verbose=0)["logits"] for part in (test, unseen[0])
            ]
            found[f"{shots} images, centroids"] = accuracy(scores, right)
    return found


def features_of(run, images: np.ndarray) -> np.ndarray:
    return run.model.predict(images, verbose=0)["features"]


def class_mean(features: np.ndarray) -> np.ndarray:
    return unit(unit(features).mean(axis=0))


def drawn(new, shots: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = new
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(np.flatnonzero(y == c), shots, replace=False) for c in (0, 1)]
    return x[np.concatenate(chosen)], y[np.concatenate(chosen)]


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
    lines = [f"| measure, % | {' | '.join(METHODS)} |", "|---|" + "---|" * len(METHODS)]
    by = {m: [flat(r) for r in records if r["method"] == m] for m in METHODS}
    for name in dict.fromkeys(n for rows in by.values() for row in rows for n in row):
        cells = []
        for rows in by.values():
            values = [100 * row[name] for row in rows if name in row]
            spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.1f}{spread}" if values else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
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
