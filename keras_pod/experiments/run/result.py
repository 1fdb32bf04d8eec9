"""A run that ended: its result, its picture and the summary for people."""

from typing import Any

from rich.console import Console

from keras_pod.experiments.run.console import save_picture, show_files
from keras_pod.experiments.run.run_folder import RESULT, RunFolder


def result_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The result of a run, from the rows of history.csv."""
    validated = [row for row in rows if row["val_accuracy"] is not None]
    best = max(validated, key=lambda row: row["val_accuracy"])
    last = rows[-1]
    return {
        "accuracy_last": last["val_accuracy"],
        "accuracy_best": best["val_accuracy"],
        "epoch_best": int(best["epoch"]),
        "train_accuracy_last": last["accuracy"],
        "seconds": round(sum(row["seconds"] for row in rows), 3),
    }


def draw(folder: RunFolder, run: dict[str, Any], console: Console) -> None:
    """Draw curves.png, where matplotlib is here."""

    def curves() -> Any:
        from keras_pod.experiments.plots.runs import training_curves

        title = f"{run['settings']['loss']} on {run['settings']['data']}"
        return training_curves(folder.read_history(), title, _held_out(run))

    save_picture(folder.curves, curves, console)


def _held_out(run: dict[str, Any]) -> str:
    return "validation" if run["settings"]["validation_split"] else "test"


def show(run: dict[str, Any], folder: RunFolder, console: Console) -> None:
    """Print how a finished run went, and where things are."""
    result = run["result"]
    console.print(
        f"{_held_out(run)} accuracy: last {result['accuracy_last']:.2%}, best "
        f"{result['accuracy_best']:.2%} (epoch {result['epoch_best']}); "
        f"{result['seconds']:.0f} s of training, "
        f"{result['parameters']:,} parameters",
        soft_wrap=True,
    )
    # Every run has the others.
    for name in [k for k in result if k not in RESULT and f"{k}?" not in RESULT]:
        console.print(f"{name}: {result[name]:.6g}")
    show_files(console, folder.model, folder.history, folder.run, folder.curves)
