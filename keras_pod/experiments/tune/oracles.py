"""KerasTuner's oracles, made to survive a kill at any moment.

KerasTuner 1.4.8 writes its state in several files, none of them at once, saves an
ended trial as still going on, and its grid search cannot go on at all
(keras-tuner#1055).
"""

from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner import oracles

from keras_pod.core.errors import InputError
from keras_pod.experiments.run.json_files import write_json


class Durable:
    """An oracle that writes each file whole, and has each trial once after a reload.

    The first trial has the defaults: a search then never ends below them for lack
    of luck.
    """

    def save(self) -> None:
        write_json(Path(self._get_oracle_fname()), self.get_state())

    def _save_trial(self, trial: Any) -> None:
        folder = Path(self._get_trial_dir(trial.trial_id))
        write_json(folder / "trial.json", trial.get_state())

    def reload(self) -> None:
        try:
            super().reload()
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            path = Path(self._get_oracle_fname())
            raise InputError(
                f"{path} is damaged ({error!r}); remove {path.parent}: the trials in "
                "results.jsonl are not run again."
            ) from error
        # Killed before the oracle had noted them: they are made again, alike.
        self.trials = {i: self.trials[i] for i in self.start_order}
        states = ("COMPLETED", "FAILED")
        ended = [i for i, trial in self.trials.items() if trial.status in states]
        self.end_order += [i for i in ended if i not in self.end_order]
        # The queue is taken from its end.
        self._retry_queue = [i for i in reversed(self.start_order) if i not in ended]

    def _random_values(self) -> dict[str, Any] | None:
        return super()._random_values() if self.start_order else self.defaults()

    def defaults(self) -> dict[str, Any]:
        """The values of the first trial."""
        space = keras_tuner.HyperParameters()
        space.merge(self.hyperparameters.space)
        return space.values


class RandomOracle(Durable, oracles.RandomSearchOracle):
    """Random search."""


class HyperbandOracle(Durable, oracles.HyperbandOracle):
    """Hyperband."""

    @property
    def planned(self) -> list[int]:
        """The epochs that each trial of the whole search trains, about in order.

        >>> sum(HyperbandOracle("val_accuracy", max_epochs=9).planned)
        75
        """
        epochs = []
        for bracket in reversed(range(self._get_num_brackets())):
            before = 0
            for place in range(self._get_num_rounds(bracket)):
                until = self._get_epochs(bracket, place)
                epochs += [until - before] * self._get_size(bracket, place)
                before = until
        return epochs * self.hyperband_iterations


class BayesianOracle(Durable, oracles.BayesianOptimizationOracle):
    """Bayesian optimization that tries nothing twice."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        response = super().populate_space(trial_id)
        values = response.get("values")
        if values is not None and self._duplicate(values):
            return self._random_populate_space()
        return response


class GridOracle(Durable, oracles.GridSearchOracle):
    """Grid search in an order that is always the same, so that it can go on.

    All hyperparameters are known before the first trial: the next combination is
    the one after the last that was begun.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        values = self.defaults()
        if self.start_order:
            last = self.trials[self.start_order[-1]].hyperparameters.values
            values = self._get_next_combination(last)
        return {"status": "RUNNING" if values else "STOPPED", "values": values}

    @property
    def size(self) -> int:
        """The number of combinations."""
        count, values = 0, self.defaults()
        while values:
            count, values = count + 1, self._get_next_combination(values)
        return count
