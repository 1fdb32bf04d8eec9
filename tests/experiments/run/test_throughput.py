import os

import numpy as np
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.throughput import show, throughput
from keras_pod.experiments.run.train import train


def test_both_are_measured_and_the_run_is_as_without(npz, tmp_path):
    small = {"backbone": "resnet8-4", "epochs": 1, "dim": 8, "batch_size": 30}
    settings = Settings(data=str(npz), **small)
    data = datasets.load(npz, batch_size=30)
    found = throughput(settings.resolve(3), data, seconds=0.05)
    assert found["pipeline"] > 0 and found["step"] > 0
    console = Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115
    with_profile = train(settings, tmp_path / "a", console, save=False, profile=0.05)
    assert "training step alone" in console.export_text()
    without = train(settings, tmp_path / "b", console, save=False)
    for name in ("accuracy_last", "train_accuracy_last"):
        assert with_profile["result"][name] == without["result"][name]
    losses = [
        np.genfromtxt(tmp_path / run / "history.csv", delimiter=",", names=True)["loss"]
        for run in "ab"
    ]
    assert losses[0] == losses[1]


def test_which_is_slower():
    console = Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115
    show({"pipeline": 1000.0, "step": 4000.0}, console)
    assert "the pipeline is the slower by 4.0x" in console.export_text()
