"""Finds each loss's own learning rate and decay, then compares the losses.

Fashion-MNIST on a small residual network. Every stage is a list of runs; a run that
is in the results file is never repeated, and one that was stopped goes on.

    python examples/find_recipe.py sweep      # on held-out images; so forms, small
    python examples/find_recipe.py full       # three seeds, test images; few, long
    python examples/find_recipe.py table      # the results so far
    python examples/find_recipe.py readme     # the README's tables, from the results

Several processes may work on one stage: add `--part 1/2` and `--part 2/2`.
"""

import argparse
import dataclasses
import hashlib
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results" / "recipe"
README = Path(__file__).parents[1] / "README.md"
NETWORK = {"data": "fashion_mnist", "backbone": "resnet8", "dim": 128}
NUM_CLASSES = 10
# A third of the images, augmented, a short schedule: near enough to the final runs
# to choose for them, and never validated on test images.
SHORT = NETWORK | {"limit": 20_000, "epochs": 6, "validation_split": 1 / 12}
SHORT |= {"schedule": "cosine"}


def sweep() -> list[dict]:
    """Learning rate x decay for each loss, the same number of runs for each."""
    rates = {"softmax": (0.05, 0.1, 0.2, 0.4, 0.8), "pod": (0.25, 0.5, 1.0, 2.0, 4.0)}
    # Coarse first; then on towards where both losses were still getting better.
    points = [(l2, i) for l2 in (1e-4, 5e-4) for i in (1, 2, 0)]
    points += [(5e-4, 3), (1e-3, 2), (1e-3, 3), (5e-4, 4), (1e-4, 3)]
    return [
        SHORT | PRINTED[loss] | {"lr": values[i], "l2": l2}
        for l2, i in points
        for loss, values in rates.items()
    ]


def forms() -> list[dict]:
    """What each part of POD Loss does, at its best rate and decay."""
    best = SHORT | {"lr": 1.0, "l2": 5e-4}

    def pod(dim: int = 128, **options) -> dict:
        options = PRINTED["pod"]["options"] | options
        return best | {"loss": "pod", "dim": dim, "options": options}

    return [
        best | {"loss": "cosine"},
        pod(alpha=0.0),
        best | {"loss": "nac", "options": {"norm": "additive"}},
        pod(norm="quadratic"),
        pod(dim=64),
        pod(dim=256),
        pod(lam=0.1),
        pod(lam=10.0),
    ]


def small() -> list[dict]:
    """Few images, many passes, no augmentation: where a loss must not overfit."""
    few = SHORT | {"limit": 5_000, "epochs": 25, "augment": "none"}
    rates = {"softmax": (0.1, 0.2), "pod": (0.5, 1.0)}
    return [
        few | LOSSES[loss] | {"lr": values[i], "l2": 5e-4}
        for i in (1, 0)
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


def few(epochs: int = 25) -> list[dict]:
    """5,000 images without augmentation, on the test images, three seeds.

    Each loss at the rate that was best for it in `small`, which has to be done.
    """
    images = NETWORK | {"limit": 5_000, "epochs": epochs, "augment": "none"}
    images |= {"schedule": "cosine", "l2": 5e-4}
    rates = {}
    for record in sorted(read("small"), key=lambda r: r["result"]["accuracy_last"]):
        rates[record["settings"]["loss"]] = record["settings"]["lr"]
    return [
        images | LOSSES[loss] | {"lr": lr, "seed": seed}
        for seed in range(3)
        for loss, lr in sorted(rates.items())
    ]


def long() -> list[dict]:
    """As `few`, but so long that POD, which fits more slowly, has fitted too."""
    return few(epochs=60)


# Eq 12 as printed; SC over n - 1, since eq 18 as printed is n - 1 times stronger.
PRINTED = {
    "softmax": {"loss": "softmax"},
    "pod": {"loss": "pod", "options": {"norm": "additive", "sc_normalise": "n-1"}},
}
# What `forms` found: the published code's quadratic denominator, SC over n - 1.
LOSSES = {
    "softmax": {"loss": "softmax"},
    "pod": {"loss": "pod", "options": {"norm": "quadratic", "sc_normalise": "n-1"}},
}
STAGES = {
    "sweep": sweep,
    "forms": forms,
    "small": small,
    "full": full,
    "few": few,
    "long": long,
}


def run_stage(name: str, part: str) -> None:
    """Runs what is not in the stage's results yet."""
    index, parts = (int(v) for v in part.split("/"))
    todo = [resolved(s) for s in STAGES[name]()][index - 1 :: parts]
    console = Console()
    for i, settings in enumerate(todo, 1):
        console.rule(f"{name}: run {i} of {len(todo)} (part {part})")
        if settings in [resolved(record["settings"]) for record in read(name)]:
            continue
        record = {"settings": dataclasses.asdict(settings)}
        record |= one_run(settings, console)
        with (RESULTS / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")


def resolved(given: dict):
    """Whole settings: what is younger than a record counts as its default."""
    from keras_pod.experiments.run.settings import Settings

    return Settings(**given).resolve(NUM_CLASSES)


def one_run(settings, console: Console) -> dict:
    """Trains once; where it was stopped, it goes on."""
    import keras

    from keras_pod.experiments.run.progress import TrainingDiverged
    from keras_pod.experiments.run.run_folder import RunFolder
    from keras_pod.experiments.run.train import train

    keras.backend.clear_session()
    text = json.dumps(dataclasses.asdict(settings), sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = RunFolder(Path("runs") / "recipe" / name)
    try:
        run = train(settings, folder.path, console, save=False)
    except TrainingDiverged as error:
        return {"failed": str(error)}
    rows = folder.read_history()
    curves = ("val_accuracy", "feature_norm", "delta")
    return {"result": run["result"]} | {k: [row[k] for row in rows] for k in curves}


def read(name: str) -> list[dict]:
    path = RESULTS / f"{name}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def groups(name: str) -> list[tuple]:
    """(label, test accuracies %, training accuracies %) for each setting.

    Of runs that differ in the seed only, best first; one that diverged has none.
    """
    found = defaultdict(list)
    for record in read(name):
        s = resolved(record["settings"])
        options = " ".join(f"{k}={v}" for k, v in s.options.items())
        label = (s.loss, s.lr, s.l2, s.schedule, s.dim, options)
        found[label].append(record.get("result"))
    rows = []
    for label, results in found.items():
        results = [r for r in results if r]
        last = [100 * r["accuracy_last"] for r in results]
        train = [100 * r["train_accuracy_last"] for r in results]
        rows.append((label, last, train))
    return sorted(rows, key=lambda row: -statistics.mean(row[1] or [0]))


def spread(values: list[float]) -> str:
    """Mean and standard deviation, as text."""
    if not values:
        return "diverged"
    text = f"{statistics.mean(values):.2f}"
    return text + (f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else "")


def table(name: str, console: Console) -> None:
    """Shows the results of a stage."""
    shown = Table(title=f"{name}: {RESULTS.name}/{name}.jsonl")
    for column in ("loss", "lr", "l2", "schedule", "n", "options", "last %", "seeds"):
        shown.add_column(column)
    for label, last, _ in groups(name):
        shown.add_row(*(str(v) for v in label), spread(last), str(len(last)))
    console.print(shown)


BEGIN, END = "<!-- results: begin -->\n", "<!-- results: end -->\n"


def readme() -> tuple[str, str]:
    """The README as it is, and with its tables made from the results anew."""
    old = README.read_text()
    before, rest = old.split(BEGIN)
    _, after = rest.split(END)
    tables = [
        markdown("full", "All 60,000 training images, 8 epochs, augmented"),
        markdown("few", "5,000 training images, 25 epochs, not augmented"),
        markdown("long", "5,000 training images, 60 epochs, not augmented"),
    ]
    return old, before + BEGIN + "\n".join(tables) + END + after


def markdown(name: str, title: str) -> str:
    """A stage's results as a Markdown table; nothing before it has any."""
    if not read(name):
        return ""
    lines = [
        f"**{title}**\n",
        "| loss | learning rate | L2 | test accuracy, % | in training, % | seeds |",
    ]
    lines.append("|---|---|---|---|---|---|")
    for (loss, lr, l2, *_), last, train in groups(name):
        cells = (loss, lr, l2, spread(last), spread(train), len(last))
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=[*STAGES, "table", "readme"])
    parser.add_argument("--part", default="1/1", help="which share of the runs")
    parser.add_argument("--check", action="store_true", help="readme: only compare")
    arguments = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    if arguments.stage == "table":
        for name in STAGES:
            if read(name):
                table(name, Console(width=140))
    elif arguments.stage == "readme":
        old, new = readme()
        if arguments.check:
            sys.exit(
                0 if old == new else "README.md: run examples/find_recipe.py readme"
            )
        README.write_text(new)
    else:
        run_stage(arguments.stage, arguments.part)


if __name__ == "__main__":
    main()
