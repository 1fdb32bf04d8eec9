"""Progress of a run: a bar, a line an epoch, a history file."""

import math
import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import Progress

from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder


class TrainingDiverged(RuntimeError):
    """The loss is no longer a number."""


class RunLog(keras.callbacks.Callback):
    """A callback that writes history.csv, shows progress and stops a lost run."""

    # The bar locks itself: Keras need not wait for a step's numbers before the next.
    async_safe = True

    def __init__(self, folder: RunFolder, steps: int, console: Console) -> None:
        super().__init__()
        self.folder, self.steps, self.console = folder, steps, console
        shown = console.is_terminal
        self.bar = Progress(console=console, transient=True, disable=not shown)

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.rows: list[dict[str, Any]] = []
        total = self.params["epochs"] * self.steps
        self.task = self.bar.add_task(self._of(0), total=total)
        self.bar.start()

    # The run's `Resume` calls these two.
    def get_state(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def set_state(self, state: dict[str, Any]) -> None:
        self.rows = state["rows"]
        done = len(self.rows)
        self.console.print(f"going on after epoch {done}")
        self.bar.update(self.task, completed=done * self.steps)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.began = time.monotonic()
        self.bar.update(self.task, description=self._of(epoch + 1))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.bar.advance(self.task)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        row: dict[str, Any] = {name: (logs or {}).get(name) for name in HISTORY_COLUMNS}
        row["epoch"] = epoch + 1
        row["seconds"] = round(time.monotonic() - self.began, 3)
        delta = getattr(self.model.head, "delta", 0.0)
        row["delta"] = float(keras.ops.convert_to_numpy(delta))
        self.rows.append(row)
        self.folder.write_history(self.rows)
        self.console.print(self._line(row), soft_wrap=True)
        loss = row["loss"]
        if math.isfinite(loss) and math.isnan(row["val_loss"] or 0.0):
            # The weights were lost in the epoch's last step, after its loss was taken.
            loss = row["val_loss"]
        if not math.isfinite(loss):
            raise TrainingDiverged(
                f"the loss became {loss} in epoch {epoch + 1}; try a smaller learning "
                "rate (--lr)."
            )

    def close(self) -> None:
        """Take the bar off the screen, also after an error."""
        self.bar.stop()

    def _of(self, epoch: int) -> str:
        return f"epoch {epoch}/{self.params['epochs']}"

    def _line(self, row: dict[str, Any]) -> str:
        numbers = {k: v for k, v in row.items() if k not in ("epoch", "seconds")}
        if not numbers["delta"]:
            # Most heads have none.
            del numbers["delta"]
        words = [f"{k} {v:.4f}" for k, v in numbers.items() if v is not None]
        return "  ".join(
            [f"{self._of(row['epoch']):<13}", *words, f"{row['seconds']:.1f} s"]
        )
