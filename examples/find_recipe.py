"""Finds each loss's own learning rate and decay, then compares the losses.

Fashion-MNIST on a small residual network. Every stage is a list of runs; a run that
is in the results file is never repeated, and one that was stopped goes on.

    python examples/find_recipe.py sweep      # on held-out training images
    python examples/find_recipe.py final      # three seeds, on the test images
    python examples/find_recipe.py table      # the results so far

Several processes may work on one stage: add `--part 1/2` and `--part 2/2`.
"""

import argparse
import dataclasses
import hashlib
import json
import statistics
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results" / "recipe"
NETWORK = {"data": "fashion_mnist", "backbone": "resnet8", "dim": 128}
# A third of the images, augmented, a short schedule: near enough to the final runs
# to choose for them, and never validated on test images.
SHORT = NETWORK | {"limit": 20_000, "epochs": 6, "validation_split": 1 / 12}
SHORT |= {"schedule": "cosine"}
FULL = NETWORK | {"epochs": 8}


def sweep() -> list[dict]:
    """Learning rate x decay for each loss, the same number of runs for each."""
    rates = {"softmax": (0.05, 0.1, 0.2, 0.4, 0.8), "pod": (0.25, 0.5, 1.0, 2.0, 4.0)}
    # Coarse first; then on towards where both losses were still getting better.
    points = [(l2, i) for l2 in (1e-4, 5e-4) for i in (1, 2, 0)]
    points += [(5e-4, 3), (1e-3, 2), (1e-3, 3), (5e-4, 4), (1e-4, 3)]
    return [
        SHORT | {"loss": loss, "lr": values[i], "l2": l2}
        for l2, i in points
        for loss, values in rates.items()
    ]


def forms() -> list[dict]:
    """What each part of POD Loss does, at its best rate and decay."""
    best = SHORT | {"lr": 1.0, "l2": 5e-4}
    pod = best | {"loss": "pod"}
    return [
        best | {"loss": "cosine"},
        pod | {"options": {"alpha": 0.0}},
        best | {"loss": "nac"},
        pod | {"options": {"norm": "quadratic"}},
        pod | {"dim": 64},
        pod | {"dim": 256},
        pod | {"options": {"lam": 0.1}},
        pod | {"options": {"lam": 10.0}},
    ]


def small() -> list[dict]:
    """Few images, many passes, no augmentation: where a loss must not overfit."""
    few = SHORT | {"limit": 5_000, "epochs": 25, "augment": "none"}
    rates = {"softmax": (0.1, 0.2, 0.4), "pod": (0.5, 1.0, 2.0)}
    return [
        few | LOSSES[loss] | {"lr": values[i], "l2": l2}
        for i, l2 in ((0, 5e-4), (1, 5e-4), (0, 1e-3), (1, 1e-3), (2, 5e-4))
        for loss, values in rates.items()
    ]


def full() -> list[dict]:
    """All 60,000 images, on the test images, three seeds."""
    all_images = NETWORK | {"epochs": 8, "schedule": "cosine", "l2": 5e-4}
    rates = {"softmax": 0.2, "pod": 1.0}
    return [
        all_images | LOSSES[loss] | {"lr": lr, "seed": seed}
        for seed in range(3)
        for loss, lr in rates.items()
    ]


# What `forms` found: the published code's quadratic denominator, SC over n - 1.
LOSSES = {
    "softmax": {"loss": "softmax"},
    "pod": {"loss": "pod", "options": {"norm": "quadratic", "sc_normalise": "n-1"}},
}
STAGES = {"sweep": sweep, "forms": forms, "small": small, "full": full}


def run_stage(name: str, part: str) -> None:
    from keras_pod.experiments.settings import Settings

    index, parts = (int(v) for v in part.split("/"))
    todo = [Settings(**s) for s in STAGES[name]()][index - 1 :: parts]
    console = Console()
    for i, settings in enumerate(todo, 1):
        console.rule(f"{name}: run {i} of {len(todo)} (part {part})")
        if key(settings) in {r["key"] for r in read(name)}:
            continue
        record = one_run(settings, console)
        with (RESULTS / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")


def one_run(settings, console: Console) -> dict:
    import keras

    from keras_pod.experiments.progress import TrainingDiverged
    from keras_pod.experiments.run_folder import RunFolder
    from keras_pod.experiments.train import train

    keras.backend.clear_session()
    folder = Path("runs") / "recipe" / key(settings)
    record = {"key": key(settings), "settings": dataclasses.asdict(settings)}
    try:
        run = train(settings, folder, console, save=False)
    except TrainingDiverged as error:
        return record | {"failed": str(error)}
    rows = RunFolder(folder).read_history()
    record["settings"] = run["settings"]
    record["result"] = run["result"]
    record["val_accuracy"] = [row["val_accuracy"] for row in rows]
    record["delta"] = [row["delta"] for row in rows]
    record["feature_norm"] = [row["feature_norm"] for row in rows]
    return record


def key(settings) -> str:
    text = json.dumps(dataclasses.asdict(settings), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read(name: str) -> list[dict]:
    path = RESULTS / f"{name}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def table(name: str, console: Console) -> None:
    """Groups the runs that differ in the seed only; best first."""
    groups = defaultdict(list)
    for record in read(name):
        s = record["settings"]
        options = " ".join(f"{k}={v}" for k, v in s["options"].items())
        groups[s["loss"], s["lr"], s["l2"], s["schedule"], options].append(record)
    table = Table(title=f"{name}: {RESULTS.name}/{name}.jsonl")
    for column in ("loss", "lr", "l2", "schedule", "options", "last %", "seeds"):
        table.add_column(column)
    lines = []
    for group, records in groups.items():
        if any("failed" in r for r in records):
            lines.append((0.0, group, "diverged", len(records)))
            continue
        values = [100 * r["result"]["accuracy_last"] for r in records]
        text = f"{statistics.mean(values):.2f}"
        if len(values) > 1:
            text += f" ± {statistics.stdev(values):.2f}"
        lines.append((statistics.mean(values), group, text, len(values)))
    for _, group, text, seeds in sorted(lines, key=lambda line: -line[0]):
        table.add_row(*(str(v) for v in group), text, str(seeds))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=[*STAGES, "table"])
    parser.add_argument("--part", default="1/1", help="which share of the runs")
    arguments = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    if arguments.stage == "table":
        for name in STAGES:
            if read(name):
                table(name, Console(width=140))
    else:
        run_stage(arguments.stage, arguments.part)


if __name__ == "__main__":
    main()
