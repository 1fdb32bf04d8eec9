import shutil

import pytest

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.extend import extend
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run.run_folder import RunFolder


@pytest.fixture(scope="module")
def extended(bars_run, tmp_path_factory):
    out = tmp_path_factory.mktemp("extend") / "out"
    return out, extend(bars_run.run, str(bars_run.whole), out, images=10)


def test_it_says_what_the_new_model_does(extended, bars_run):
    out, measured = extended
    run = load_trained(out)
    assert run.data["class_names"] == ["0", "1", "2", "3"]
    assert run.extended_by == str(bars_run.whole)
    assert measured["images"] == {"3": 10}
    arrays = datasets.load(bars_run.whole).arrays
    found = run.model.predict(arrays.x_test, verbose=0)["logits"].argmax(axis=1)
    right, old = found == arrays.y_test, arrays.y_test < 3
    assert measured["new"] == pytest.approx(right[~old].mean())
    assert measured["old_after"] == pytest.approx(right[old].mean())
    assert measured["all"] == pytest.approx(right.mean())
    assert measured["old_before"] == evaluate(bars_run.run)["accuracy"]
    assert measured["new"] > 0.4
    assert measured["old_after"] > measured["old_before"] - 0.15
    # It is a run like others.
    again = evaluate(out, str(bars_run.whole))
    assert again["accuracy"] == pytest.approx(measured["all"])
    assert again["class_accuracy"]["3"] == pytest.approx(measured["new"])


def test_the_same_again_and_what_cannot_be_extended(extended, bars_run):
    out, measured = extended
    assert extend(bars_run.run, str(bars_run.whole), out, images=10) == measured
    with pytest.raises(InputError, match="holds another run"):
        extend(bars_run.run, str(bars_run.whole), out, images=11)
    with pytest.raises(InputError, match="holds another run"):
        extend(bars_run.run, str(bars_run.whole), bars_run.run)
    more = out.parent / "more"
    with pytest.raises(InputError, match="extended already"):
        extend(out, str(bars_run.whole), more)
    with pytest.raises(InputError, match="no class that"):
        extend(bars_run.run, str(bars_run.first), more)
    with pytest.raises(InputError, match="--images must be"):
        extend(bars_run.run, str(bars_run.whole), more, 0)
    assert not more.exists()


def test_the_command(bars_run, tmp_path, capsys):
    data = bars_run.folder(tmp_path / "new", [3, 0])
    run = RunFolder(shutil.copytree(bars_run.run, tmp_path / "run"))
    # Which was fitted for the old classes.
    run.write_json(run.read_json() | {"calibration": {"temperature": 2.0}})
    flags = ["extend", str(run.path), "--data", str(data), "--images", "5"]
    assert cli.main([*flags, "--out", str(tmp_path / "out")]) == 0
    assert "calibration" not in RunFolder(tmp_path / "out").read_json()
    shown = " ".join(capsys.readouterr().out.split())
    assert "images used: 3: 5" in shown and str(tmp_path / "out") in shown
    assert cli.main(["calibrate", str(tmp_path / "out")]) == 0
    assert "of the classes before `extend`" in " ".join(capsys.readouterr().out.split())
