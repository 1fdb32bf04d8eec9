"""A training that takes no time, for the tests of what goes on around many of them."""

import multiprocessing

from keras_pod.experiments.compare import runner
from keras_pod.experiments.run.result import result_of
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder

LINE = "centroids: 3 x 8, smallest angle 120.00 degrees, bound 120.00, gap 0.00"


def train(settings, folder, console, save=False, log=(), log_folder=None):
    """Leaves and returns what `run.train.train` does."""
    accuracy = 0.9 + 0.01 * settings.seed - (settings.loss == "softmax") / 10
    row = dict.fromkeys(HISTORY_COLUMNS, 0.5) | {"val_accuracy": accuracy}
    rows = [row | {"epoch": epoch} for epoch in range(1, settings.epochs + 1)]
    files = RunFolder(folder)
    files.write_history(rows)
    if save:
        files.model.touch()
    return {
        "result": result_of(rows) | {"parameters": 1},
        "versions": {"process": multiprocessing.current_process().name},
        "data": {"class_names": ["0", "1", "2"], "num_test": 30},
        "centroids": LINE,
    }


class FakedWork(runner.Work):
    """`runner.Work` for a process of its own."""

    def run(self):
        runner.train = train
        super().run()
