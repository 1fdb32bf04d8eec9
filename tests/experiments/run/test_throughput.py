from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.throughput import show
from keras_pod.experiments.run.train import train


def test_both_are_measured_and_the_run_is_as_without(finished, tmp_path, console):
    train(finished.settings, tmp_path, console, save=False, profile=0.05)
    assert "training step alone" in console.file.getvalue()
    measured, without = (
        [{**row, "seconds": None} for row in RunFolder(path).read_history()]
        for path in (tmp_path, finished.path)
    )
    assert measured == without


def test_which_is_slower(console):
    show({"pipeline": 1000.0, "step": 4000.0}, console)
    assert "the pipeline is the slower by 4.0x" in console.file.getvalue()
