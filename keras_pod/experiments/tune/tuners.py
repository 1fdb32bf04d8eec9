"""KerasTuner's tuners and oracles, made to survive a kill at any moment.

KerasTuner 1.4.8 writes its state in several files, none of them at once, saves an
ended trial as still going on, and its grid search cannot go on at all
(keras-tuner#1055).
"""

import contextlib
import io
import os
import time
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner import oracles

from keras_pod.core.errors import InputError
from keras_pod.experiments.compare.results import Record, Results
from keras_pod.experiments.compare.runner import curves, new_record, reason
from keras_pod.experiments.run.json_files import write_json
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.train import result_of
from keras_pod.experiments.tune.hyper_model import MethodHyperModel

TUNERS = ("random", "bayesian", "hyperband", "grid")
DEFAULT_TRIALS = 20
OBJECTIVE = "val_accuracy"


class Durable(keras_tuner.Oracle):
    """An oracle that writes each file whole, and has each trial once after a reload.

    The first trial has the defaults: a search then never ends below them for lack
    of luck.
    """

    trials: dict[str, Any]

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

    def planned(self, epochs: int) -> list[int]:
        """The epochs that each trial of the whole search trains, about in order."""
        return [epochs] * self.max_trials


class RandomOracle(Durable, oracles.RandomSearchOracle):
    """Random search."""


class BayesianOracle(Durable, oracles.BayesianOptimizationOracle):
    """Bayesian optimization."""


class HyperbandOracle(Durable, oracles.HyperbandOracle):
    """Hyperband."""

    def planned(self, epochs: int) -> list[int]:
        """The epochs of rounds that go on from the best of the round before.

        >>> sum(HyperbandOracle("val_accuracy", max_epochs=9).planned(9))
        75
        """
        found = []
        for bracket in reversed(range(self._get_num_brackets())):
            before = 0
            for place in range(self._get_num_rounds(bracket)):
                until = self._get_epochs(bracket, place)
                found += [until - before] * self._get_size(bracket, place)
                before = until
        return found[: self.max_trials]


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

    def planned(self, epochs: int) -> list[int]:
        found, values = [], self.defaults()
        while values:
            found.append(epochs)
            values = self._get_next_combination(values)
        return found[: self.max_trials]


class _Tuner(keras_tuner.Tuner):
    """A tuner that records trials in results.jsonl, and runs none again."""

    def run_trial(self, trial: Any, **kwargs: Any) -> dict[str, float]:
        results = Results(Path(self.project_dir).parent)
        ended = {record["trial"]: record for record in results.read()}
        record = ended.get(trial.trial_id)
        if record is None:
            record = self._run(trial, kwargs)
            results.add(record)
        if "failed" in record:
            raise keras_tuner.errors.FailedTrialError(record["failed"])
        return {OBJECTIVE: record["result"]["accuracy_last"]}

    def _run(self, trial: Any, kwargs: dict[str, Any]) -> Record:
        values = trial.hyperparameters.values
        settings = self.hypermodel.settings(trial.hyperparameters.copy())
        record = {"trial": trial.trial_id} | new_record(settings)
        record["epochs"] = values.get("tuner/epochs", settings.epochs)
        if "tuner/trial_id" in values:
            record["goes_on_from"] = values["tuner/trial_id"]
        folder = RunFolder(self.get_trial_dir(trial.trial_id))
        try:
            super().run_trial(trial, **kwargs)
            record["result"] = result_of(folder.read_history())
        except OSError as error:
            # Nothing could be recorded on a full disk either.
            raise keras_tuner.errors.FatalRuntimeError(str(error)) from error
        except keras_tuner.errors.FatalError:
            raise
        except Exception as error:
            record["failed"] = reason(error)
        return record | {"history": curves(folder.read_history())}

    def pre_create_trial(self) -> None:
        if self._is_worker():
            # One that has to wait for others would ask without a pause.
            time.sleep(1)

    def save(self) -> None:
        if not self._is_worker():
            self.oracle.save()
            write_json(Path(self._get_tuner_fname()), {})

    def _get_tuner_fname(self) -> str:
        # The same whether the search goes on with workers or without.
        return os.path.join(self.project_dir, "tuner.json")


class _Hyperband(_Tuner, keras_tuner.Hyperband):
    def __init__(self, oracle: Any, hypermodel: Any, **kwargs: Any) -> None:
        # Hyperband's own makes KerasTuner's oracle.
        keras_tuner.Tuner.__init__(self, oracle, hypermodel, **kwargs)


def make(
    name: str, model: MethodHyperModel, folder: Path, trials: int | None
) -> keras_tuner.Tuner:
    """A tuner that goes on with the search of the folder, if there is one.

    It makes at most so many trials: by default 20, or all of a grid or a Hyperband.
    """
    if trials is None and name in ("random", "bayesian"):
        trials = DEFAULT_TRIALS
    # KerasTuner takes seed 0 for none; NumPy takes none from 2**32 on.
    seed = (10007 * model.base.seed + 1) % 2**32
    common = {"objective": OBJECTIVE, "seed": seed}
    # Rates at which nothing trains may come in a row: no reason to stop.
    common["max_consecutive_failed_trials"] = 10**9
    if name == "hyperband":
        oracle = HyperbandOracle(max_epochs=model.base.epochs, **common)
    elif name == "bayesian":
        start = max(2, min(3 * len(model.domains), (trials or DEFAULT_TRIALS) // 3))
        oracle = BayesianOracle(num_initial_points=start, **common)
    else:
        kind = GridOracle if name == "grid" else RandomOracle
        oracle = kind(**common)
    oracle.max_trials, oracle.verbose = trials, 0
    kind = _Hyperband if name == "hyperband" else _Tuner
    # KerasTuner prints what it does here.
    with contextlib.redirect_stdout(io.StringIO()):
        tuner = kind(oracle, model, directory=str(folder), project_name="trials")
        tuner.save()
    return tuner
