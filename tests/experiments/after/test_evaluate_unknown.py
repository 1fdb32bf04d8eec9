import dataclasses
import shutil

import keras
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keras_pod import Classifier, layers
from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.after.calibrate import calibrate
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.evaluate_unknown import show_unknown, unknown_classes
from keras_pod.experiments.after.trained import load_trained


@pytest.fixture(scope="module")
def run(bars_run):
    return load_trained(bars_run.run)


@pytest.fixture(scope="module")
def known(run, bars_run):
    return run.model.predict(datasets.load(bars_run.first).arrays.x_test, verbose=0)


def test_classes_that_the_run_has_are_left_out(run, known, bars_run, tmp_path):
    found = unknown_classes(run, str(bars_run.whole), known)
    assert found["images"] == 40 and found["left_out"] == ["0", "1", "2"]
    names = {"cosine", "norm", "product", "energy", "probability", "gaussian"}
    assert set(found["scores"]) == names
    arrays = datasets.load(bars_run.whole).arrays
    x = run.model.predict(arrays.x_test, verbose=0)["features"]
    cosines = keras.ops.convert_to_numpy(run.model.head.cosines(x)).max(axis=1)
    expected = roc_auc_score(arrays.y_test < 3, cosines)
    assert found["scores"]["cosine"]["auroc"] == pytest.approx(expected, abs=2e-3)
    assert "threshold" not in found
    # Of a file without test images all are taken.
    np.savez(tmp_path / "new.npz", x=arrays.x_test, y=arrays.y_test)
    again = unknown_classes(run, str(tmp_path / "new.npz"), known)
    assert again == found | {"data": str(tmp_path / "new.npz")}


def test_a_folder_of_images_of_another_size(run, known, tmp_path):
    # In colour and larger than the model's: they are brought to its shape.
    image = keras.utils.array_to_img(np.full((20, 12, 3), 200), scale=False)
    (tmp_path / "deep").mkdir()
    for i in range(3):
        image.save(tmp_path / "deep" / f"{i}.png")
    assert unknown_classes(run, str(tmp_path), known)["images"] == 3


@pytest.mark.parametrize("within", ["", "test"])
def test_folders_of_the_classes_that_the_run_has_are_left_out(
    run, known, bars_run, tmp_path, capsys, within
):
    bars_run.folder(tmp_path / within, [1, 2, 3])
    show_unknown(unknown_classes(run, str(tmp_path), known))
    shown = " ".join(capsys.readouterr().out.split())
    assert "8 unknown images" in shown and "FPR at 95 % TPR" in shown
    assert "left out, as the run has these classes: 1, 2" in shown


def test_the_saved_threshold_is_judged_on_other_images(bars_run, tmp_path):
    run = shutil.copytree(bars_run.run, tmp_path / "run")
    kept = calibrate(run, keep=0.7)["kept"]
    found = evaluate(run, unknown=str(bars_run.whole))["unknown"]
    assert found["threshold"]["known_kept"] == pytest.approx(kept, abs=0.02)
    assert 0 <= found["threshold"]["unknown_pass"] <= 1


def test_what_there_are_no_scores_for(run, bars_run):
    body = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model = Classifier.from_backbone(body, layers.RBFNetwork(3, 5), 8)
    data = run.data | {"num_train": run.data["num_train"] + 1}
    changed = dataclasses.replace(run, model=model, data=data)
    known = model.predict(datasets.load(bars_run.first).arrays.x_test, verbose=0)
    found = unknown_classes(changed, str(bars_run.whole), known)
    assert set(found["scores"]) == {"norm", "energy", "probability"}
    assert "no cosines" in found["without"] and "changed since" in found["without"]


def test_data_without_another_class(run, known, bars_run, tmp_path):
    for data in (bars_run.first, bars_run.folder(tmp_path, [0, 1])):
        with pytest.raises(InputError, match="has no class that the run was not"):
            unknown_classes(run, str(data), known)
