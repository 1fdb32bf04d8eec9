"""A run that ended: its result, its picture and what people are told of it."""

from typing import Any

from rich.console import Console
from rich.table import Table

from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.written import save_picture

# Every run has these results; others were measured besides.
_RESULT = ("accuracy_last", "accuracy_best", "epoch_best", "train_accuracy_last")
_RESULT += ("seconds", "parameters")


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
    """Draws curves.png, where matplotlib is here."""

    def curves() -> Any:
        from keras_pod.experiments.plots.curves import training_curves

        title = f"{run['settings']['loss']} on {run['settings']['data']}"
        return training_curves(folder.read_history(), title, _held_out(run))

    save_picture(folder.curves, curves, console)


def _held_out(run: dict[str, Any]) -> str:
    return "validation" if run["settings"]["validation_split"] else "test"


def show(run: dict[str, Any], folder: RunFolder, console: Console) -> None:
    """Prints how a finished run went: some of its epochs, and where things are."""
    rows, result = folder.read_history(), run["result"]
    settings = run["settings"]
    held_out = _held_out(run)
    table = Table(title=f"{settings['loss']} on {settings['data']}")
    for name in ("epoch", "loss", "accuracy", f"{held_out} accuracy"):
        table.add_column(name, justify="right")
    has_delta = any(row["delta"] for row in rows)
    for name in ("feature norm", *(["delta"] if has_delta else []), "seconds"):
        table.add_column(name, justify="right")
    for row in _some(rows, result["epoch_best"]):
        mark = " best" if row["epoch"] == result["epoch_best"] else ""
        table.add_row(
            f"{row['epoch']:.0f}{mark}",
            f"{row['loss']:.4f}",
            f"{row['accuracy']:.4f}",
            "" if row["val_accuracy"] is None else f"{row['val_accuracy']:.4f}",
            f"{row['feature_norm']:.3f}",
            *([f"{row['delta']:.4f}"] if has_delta else []),
            f"{row['seconds']:.1f}",
        )
    console.print(table)
    console.print(
        f"{held_out} accuracy: last {result['accuracy_last']:.2%}, best "
        f"{result['accuracy_best']:.2%} (epoch {result['epoch_best']}); "
        f"{result['seconds']:.0f} s of training, "
        f"{result['parameters']:,} parameters",
        soft_wrap=True,
    )
    for name in [k for k in result if k not in _RESULT]:
        console.print(f"{name}: {result[name]:.6g}")
    for path in (folder.model, folder.history, folder.run, folder.curves):
        if path.exists():
            console.print(f"  {path}", soft_wrap=True)


def _some(rows: list[dict[str, Any]], best: int, most: int = 8) -> list[dict]:
    """About `most` rows, evenly chosen, with the first, the best and the last."""
    if len(rows) <= most:
        return rows
    last = len(rows) - 1
    chosen = {round(i * last / (most - 1)) for i in range(most)}
    chosen |= {i for i, row in enumerate(rows) if row["epoch"] == best}
    return [rows[i] for i in sorted(chosen)]
