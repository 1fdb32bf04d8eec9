"""KerasTuner's tuners, with oracles that go on and trials that are recorded."""

import contextlib
import io
import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any

import keras_tuner

from keras_pod.experiments.compare.results import Record, Results
from keras_pod.experiments.compare.runner import curves, new_record, reason
from keras_pod.experiments.run.json_files import write_json
from keras_pod.experiments.run.result import result_of
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.tune import oracles
from keras_pod.experiments.tune.hyper_model import MethodHyperModel

TUNERS = ("random", "bayesian", "hyperband", "grid")
DEFAULT_TRIALS = 20
OBJECTIVE = "val_accuracy"


class _Recorded:
    """A tuner that records trials in results.jsonl, and runs none again."""

    asked = -1.0

    def run_trial(self, trial: Any, **kwargs: Any) -> dict[str, float]:
        results = Results(Path(self.project_dir).parent)
        ended = {record["trial"]: record for record in results.read()}
        record = ended.get(trial.trial_id)
        folder = RunFolder(self.get_trial_dir(trial.trial_id))
        if record is None:
            record = self._run(trial, kwargs, folder)
            results.add(record)
        # It goes only now: killed before its line was there, a trial would start anew.
        shutil.rmtree(folder.checkpoints, ignore_errors=True)
        if "failed" in record:
            raise keras_tuner.errors.FailedTrialError(record["failed"])
        return {OBJECTIVE: record["result"]["accuracy_last"]}

    def _run(self, trial: Any, kwargs: dict[str, Any], folder: RunFolder) -> Record:
        model, values = self.hypermodel, trial.hyperparameters.values
        settings = model.settings(trial.hyperparameters.copy())
        record = {"trial": trial.trial_id} | new_record(settings)
        record["epochs"] = values.get("tuner/epochs", settings.epochs)
        if "tuner/trial_id" in values:
            record["goes_on_from"] = values["tuner/trial_id"]
        # Every trial is a model of its own; TensorFlow warns of that.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
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
        # A worker that has to wait for others would ask without a pause.
        wait = self.asked + 1 - time.monotonic()
        if self._is_worker() and wait > 0:
            time.sleep(wait)
        self.asked = time.monotonic()

    def save(self) -> None:
        if not self._is_worker():
            self.oracle.save()
            write_json(Path(self._get_tuner_fname()), {})

    def _get_tuner_fname(self) -> str:
        # The same whether the search goes on with workers or without.
        return os.path.join(self.project_dir, "tuner.json")


class _Tuner(_Recorded, keras_tuner.Tuner):
    pass


class _Hyperband(_Recorded, keras_tuner.Hyperband):
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
        oracle = oracles.HyperbandOracle(max_epochs=model.base.epochs, **common)
        oracle.max_trials = trials
    elif name == "bayesian":
        start = max(2, min(3 * len(model.domains), trials // 3))
        oracle = oracles.BayesianOracle(
            max_trials=trials, num_initial_points=start, **common
        )
    else:
        kind = oracles.GridOracle if name == "grid" else oracles.RandomOracle
        oracle = kind(max_trials=trials, **common)
    oracle.verbose = 0
    model.remove_checkpoints = False
    kind = _Hyperband if name == "hyperband" else _Tuner
    # KerasTuner prints what it does here.
    with contextlib.redirect_stdout(io.StringIO()):
        tuner = kind(oracle, model, directory=str(folder), project_name="trials")
        tuner.save()
    return tuner


def planned_epochs(tuner: keras_tuner.Tuner) -> list[int]:
    """The epochs that each trial of the search trains."""
    oracle, most = tuner.oracle, tuner.oracle.max_trials
    if isinstance(oracle, oracles.HyperbandOracle):
        return oracle.planned[:most]
    if isinstance(oracle, oracles.GridOracle):
        most = min(oracle.size, most or oracle.size)
    return [tuner.hypermodel.base.epochs] * most
