"""Resume: `model.fit` that goes on where it was stopped."""

import logging
import os
import random
import shutil
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_pod.callbacks.resuming import callback_states, checkpoint
from keras_pod.core import replicas
from keras_pod.core.arguments import not_negative
from keras_pod.core.errors import InputError

_log = logging.getLogger("keras_pod")
# Other processes are told this in place of the number of epochs.
_FAILED = -1


class Resume(keras.callbacks.Callback):
    """Saves the state of training after every epoch and starts from the newest.

    A killed run that is started again, with the same program, ends as it would have
    ended undisturbed. A checkpoint is taken when an epoch ends. It holds

    - all weights (delta, mean norm and other head state among them) and the
      optimizer with its learning rate;
    - the history, so that `fit` returns the epochs of the first start too;
    - the state of the other callbacks that have any: what a method `get_state()`
      returns, of numbers, text, NumPy arrays and lists and dicts of them, goes to
      `set_state(state)`. Keras's `EarlyStopping`, `ReduceLROnPlateau` and
      `ModelCheckpoint` need no such methods;
    - whether a callback ended training: then a second start trains no more, and says
      so.

    Let it stand last in the list, where the others are through with the epoch, and
    give it the others: `Resume(folder, callbacks=[stop])`. A `keras_pod.Classifier`
    does both itself.

    It is written beside and renamed; the two newest are kept. One that was damaged
    is passed over with a warning. A full disk raises an OSError and leaves the
    checkpoints before it.

    The weights of a resumed run are bit for bit those of an undisturbed one if the
    backend computes the same twice, and if

    - the program begins with `keras.utils.set_random_seed`. From then on the random
      numbers that the model's layers, NumPy, Python and torch draw are keyed by
      (seed, epoch);
    - the data is a function of the epoch. Arrays are, with `shuffle=False` and with
      `shuffle=True` (on TensorFlow Keras repeats one order in all epochs). A
      `keras.utils.PyDataset` is, too, if it counts nothing itself, and a torch
      `DataLoader`. `keras_pod.data` is, with `EpochOrder`. A `tf.data.Dataset` that
      calls `shuffle` is only with `reshuffle_each_iteration=False`. What goes on from
      epoch to epoch is not: a generator, a `tf.data.Dataset` that repeats, with
      `steps_per_epoch`, and layers with random numbers within a `Dataset.map`.

    A CPU computes the same twice with as many threads as before: start again on as
    many cores. For a GPU call `tf.config.experimental.enable_op_determinism()` or
    `torch.use_deterministic_algorithms(True)`, or set
    `XLA_FLAGS=--xla_gpu_deterministic_ops=true` for JAX.

    Of several JAX processes that train one model the first one writes, and all of them
    read: the folder must be on a disk that they share. Otherwise one program at a time
    uses a folder.

    What callbacks write to files of their own is theirs: `CSVLogger(append=True)`
    goes on below the row of an epoch that is repeated.

    Args:
        folder: where the checkpoints are; made if missing.
        seed: the run's seed.
        callbacks: the other callbacks of a plain model's `fit`.
        seconds: the least time between two checkpoints, for epochs so short that
            writing would count. The last epoch of a `fit` always has one.

    Raises:
        ValueError: when training begins, if the model is not built, if it is not
            the one of the checkpoints, if there are checkpoints and none can be
            read, or if several processes find different ones.
        OSError: a checkpoint cannot be written.

    >>> import tempfile
    >>> x, y = np.ones((8, 2)), np.ones((8, 1))
    >>> def fit(folder, epochs):
    ...     keras.utils.set_random_seed(0)
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    ...     model.compile("sgd", "mse")
    ...     resume = keras_pod.callbacks.Resume(folder)
    ...     history = model.fit(x, y, epochs=epochs, verbose=0, callbacks=[resume])
    ...     return resume.epochs_done, history.epoch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fit(folder, epochs=2), fit(folder, epochs=5)
    ((0, [0, 1]), (2, [0, 1, 2, 3, 4]))
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        seed: int = 0,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        seconds: float = 0.0,
    ) -> None:
        super().__init__()
        self.folder = Path(folder)
        self.seed = seed
        self.callbacks = callbacks
        self.seconds = not_negative("seconds", seconds)
        # It is that of the checkpoint that training started from.
        self.epochs_done = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self.model.built:
            raise ValueError(
                f"Resume needs a built model, and '{self.model.name}' is not: give it "
                "a keras.Input, or call it on a batch first."
            )
        # Weights of an optimizer that is not built are skipped without a word.
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        state = self._of_all_processes()
        self.epochs_done = state["epochs_done"] if state else 0
        self._history: dict[str, Any] = {"epoch": [], "history": {}}
        self._begun, self._written = False, time.monotonic()
        # The way Keras's own BackupAndRestore tells `fit` where to start.
        self.model._initial_epoch = self._restore(state) if state else None
        self._key_random_numbers(self.epochs_done)

    def _restore(self, state: dict[str, Any]) -> int:
        """The epoch to start from, counted from 0, after all has been put back."""
        start = self.epochs_done
        checkpoint.load(self._path(start), self.model)
        self._history = state["callbacks"].pop("History/0", self._history)
        callback_states.put_back(state["callbacks"], self.callbacks)
        if not state["ended"]:
            return start
        _log.warning(
            "a callback ended this training after epoch %d; remove %s to start anew",
            start,
            self.folder,
        )
        return max(start, self.params["epochs"])

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._begin()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        self._history["epoch"].append(epoch)
        for name, value in logs.items():
            # A variable would show its last value for all epochs.
            if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
                logs[name] = value = keras.ops.convert_to_numpy(value).tolist()
            self._history["history"].setdefault(name, []).append(value)
        if replicas.is_first_process() and self._is_due(epoch + 1):
            self._write(epoch + 1)
            self._written = time.monotonic()
        self._key_random_numbers(epoch + 1)

    def _is_due(self, epochs_done: int) -> bool:
        ends = epochs_done >= self.params["epochs"] or self.model.stop_training
        return ends or time.monotonic() - self._written >= self.seconds

    def on_train_end(self, logs: dict | None = None) -> None:
        self._begin()

    def _begin(self) -> None:
        """Hand the history back; called once, when every callback has begun."""
        if self._begun:
            return
        self._begun = True
        # `fit` has read it; a later one shall not.
        self.model._initial_epoch = None
        given = self.model.history
        given.epoch[:0] = self._history["epoch"]
        for name, values in self._history["history"].items():
            given.history[name] = [*values, *given.history.get(name, [])]

    def _write(self, epochs_done: int) -> None:
        state = {
            "epochs_done": epochs_done,
            "ended": bool(self.model.stop_training),
            "callbacks": {
                "History/0": self._history,
                **callback_states.of(self.callbacks),
            },
        }
        with replicas.without_the_others():
            checkpoint.write(self._path(epochs_done), self.model, state)
        for old in self._checkpoints()[2:]:
            shutil.rmtree(old, ignore_errors=True)

    def _of_all_processes(self) -> dict[str, Any] | None:
        """The result of `_newest`, which all processes of the model must agree on."""
        # The first one may still write the last checkpoint of a `fit` before this.
        replicas.of_all_processes(0)
        state, failed = None, None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            state = self._newest()
        except (OSError, InputError) as error:
            # Others would wait for a process that ended here.
            failed = error
        done = state["epochs_done"] if state else 0
        found = replicas.of_all_processes(_FAILED if failed else done)
        if failed:
            raise failed
        if _FAILED in found:
            raise ValueError(
                f"process {found.index(_FAILED)} cannot read the checkpoints in "
                f"{self.folder}, and says why; let all processes have the same folder."
            )
        if len(set(found)) > 1:
            raise ValueError(
                "the processes found checkpoints of different epochs in "
                f"{self.folder}: {', '.join(map(str, found))}. Only the first process "
                "writes; let the folder be one on a disk that all of them share."
            )
        return state

    def _path(self, epochs_done: int) -> Path:
        return self.folder / f"epoch-{epochs_done:06d}"

    def _checkpoints(self) -> list[Path]:
        """Every checkpoint, newest first."""
        return sorted(self.folder.glob("epoch-" + "[0-9]" * 6), reverse=True)

    def _newest(self) -> dict[str, Any] | None:
        """The state of the newest checkpoint that is whole; None if there is none."""
        checkpoints = self._checkpoints()
        for path in checkpoints:
            try:
                return checkpoint.read(path)
            except checkpoint.Damaged as error:
                _log.warning("passing over the damaged checkpoint %s: %s", path, error)
        if checkpoints:
            raise InputError(
                f"no checkpoint in {self.folder} can be read; remove the folder to "
                "start anew."
            )
        return None

    def _key_random_numbers(self, epoch: int) -> None:
        seed = zlib.crc32(f"{self.seed}/{epoch}".encode())
        if keras.backend.backend() == "tensorflow":
            # Keras would seed TensorFlow too, which then prepares every compiled
            # function anew: half a second an epoch for a ResNet-8.
            random.seed(seed)
            np.random.seed(seed)
        else:
            keras.utils.set_random_seed(seed)
        # Keras seeds it as a backend only, but its DataLoader feeds the others too.
        if torch := sys.modules.get("torch"):
            torch.manual_seed(seed)
        saved = {id(v) for v in self.model.weights}
        generators = [
            v
            for v in self.model.variables
            if id(v) not in saved and v.path.endswith("seed_generator_state")
        ]
        # By place, not by name: Keras numbers the names through a whole process.
        for place, state in enumerate(generators):
            key = zlib.crc32(f"{self.seed}/{place}".encode()) & 0x7FFFFFFF
            state.assign(_seed_state(key, epoch, state.dtype))


def _seed_state(key: int, epoch: int, dtype: Any) -> np.ndarray:
    counter = (epoch << 20) % 2**32
    # Torch has no unsigned numbers: there the counter goes on below zero.
    state = np.array([key, counter], dtype="uint32")
    return state.astype(keras.backend.standardize_dtype(dtype))
