"""Resume: `model.fit` that goes on where it was stopped."""

import logging
import os
import re
import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

_CHECKPOINT = re.compile(r"epoch-(\d{6})\.weights\.h5")
_log = logging.getLogger("keras_pod")


class Resume(keras.callbacks.Callback):
    """Saves the state of training after every epoch and starts from the newest.

    A checkpoint holds all weights (delta, mean norm and other head state among
    them) and the optimizer. It is written beside and renamed, when the next epoch
    begins or training ends, that is after every other callback of the epoch has
    run; the two newest are kept. A damaged newest one is passed over with a
    warning.

    Random numbers that Keras draws during training (dropout, shuffling) are keyed
    by (seed, epoch), so that a resumed run sees those of an uninterrupted one. Data
    should likewise be a function of the epoch, as `keras_pod.data` makes it.

    Args:
        folder: where the checkpoints are; made if missing.
        seed: the run's seed.

    Raises:
        ValueError: when training begins, if there are checkpoints and none fits.

    Example:

    >>> import tempfile
    >>> x, y = np.ones((8, 2)), np.ones((8, 1))
    >>> def fit(folder, epochs):
    ...     keras.utils.set_random_seed(0)
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    ...     model.compile("sgd", "mse")
    ...     resume = keras_pod.callbacks.Resume(folder)
    ...     return model.fit(x, y, epochs=epochs, verbose=0, callbacks=[resume]).epoch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fit(folder, epochs=2), fit(folder, epochs=5)
    ([0, 1], [2, 3, 4])
    """

    def __init__(self, folder: str | os.PathLike, seed: int = 0) -> None:
        super().__init__()
        self.folder = Path(folder)
        self.seed = seed
        self.epochs_done = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Weights of an optimizer that is not built are skipped without a word.
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        self.epochs_done = self._restore()
        # The way Keras's own BackupAndRestore tells `fit` where to start.
        self.model._initial_epoch = self.epochs_done or None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._save(epoch)
        self._key_random_numbers(epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.epochs_done = epoch + 1

    def on_train_end(self, logs: dict | None = None) -> None:
        self._save(self.epochs_done)
        self.model._initial_epoch = None

    def _checkpoints(self) -> list[tuple[int, Path]]:
        """(epochs done, path) of every checkpoint, newest first."""
        found = []
        for path in self.folder.iterdir():
            match = _CHECKPOINT.fullmatch(path.name)
            if match:
                found.append((int(match[1]), path))
        return sorted(found, reverse=True)

    def _restore(self) -> int:
        checkpoints = self._checkpoints()
        for epochs_done, path in checkpoints:
            try:
                self.model.load_weights(path)
                return epochs_done
            except (OSError, KeyError) as error:
                _log.warning("passing over the damaged checkpoint %s: %s", path, error)
        if checkpoints:
            raise ValueError(
                f"no checkpoint in {self.folder} can be read; remove the folder to "
                "start anew."
            )
        return 0

    def _save(self, epochs_done: int) -> None:
        path = self.folder / f"epoch-{epochs_done:06d}.weights.h5"
        if epochs_done == 0 or path.exists():
            return
        beside = self.folder / "writing.weights.h5"
        self.model.save_weights(beside)
        os.replace(beside, path)
        for _, old in self._checkpoints()[2:]:
            old.unlink()

    def _key_random_numbers(self, epoch: int) -> None:
        keras.utils.set_random_seed(zlib.crc32(f"{self.seed}/{epoch}".encode()))
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
    return np.array([key, counter], dtype=keras.backend.standardize_dtype(dtype))
