import json
import shutil

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.evaluation import retrieve, verify, verify_gallery
from keras_pod.experiments.after import evaluate_pairs as pairs
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.evaluate_pairs import read_pairs
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run import written


@pytest.fixture(scope="module")
def run(bars_run, tmp_path_factory):
    return shutil.copytree(bars_run.run, tmp_path_factory.mktemp("pairs") / "run")


@pytest.fixture(scope="module")
def features(run, bars_run):
    """Features of the test images of all four classes, with their labels."""
    arrays = datasets.load(bars_run.whole).arrays
    model = keras.models.load_model(run / "model.keras")
    return model.predict(arrays.x_test, verbose=0)["features"], arrays.y_test


def test_all_pairs_and_retrieval_of_the_test_images(run, features):
    x, y = features[0][features[1] < 3], features[1][features[1] < 3]
    found = evaluate(run, verification=True, retrieval=True)
    expected = verify_gallery(x, y)
    assert found["verification"]["auc"] == pytest.approx(expected.auc, abs=1e-4)
    assert found["verification"]["same"] == expected.same
    rates = [point["far"] for point in found["verification"]["operating"]]
    assert rates == [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
    expected = retrieve(x, y)
    assert set(json.loads(json.dumps(found))["retrieval"]["recall"]) == {*"15", "10"}
    average = found["retrieval"]["mean_average_precision"]
    assert average == pytest.approx(expected.mean_average_precision, abs=1e-4)
    assert (run / "roc.png").exists()


def test_a_folder_that_cannot_be_written_costs_the_picture_only(
    tmp_path, monkeypatch, capsys
):
    def refuse(path, write):
        raise OSError("Read-only file system")

    monkeypatch.setattr(written, "write_whole", refuse)
    rng = np.random.default_rng(0)
    x = pairs.Labelled(rng.normal(size=(20, 3)), np.arange(20) % 4)
    found = pairs.with_picture(pairs.verify_all(x), tmp_path)
    assert found["auc"] > 0 and "picture" not in found
    pairs.show_verification(found)
    assert "no picture: Read-only file system" in capsys.readouterr().out


def test_pairs_of_a_file(run, bars_run, features, tmp_path):
    bars_run.folder(tmp_path / "images", [0, 3])
    lines = ["images/0/0.png,images/0/1.png,same", "images/3/2.png, images/0/1.png,0"]
    lines += ["", "images/3/0.png,images/3/1.png,1", "images/0/3.png,images/3/4.png,0"]
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    found = evaluate(run, verification=str(tmp_path / "pairs.csv"))["verification"]
    zero, three = (features[0][features[1] == c] for c in (0, 3))
    pairs = [(zero[0], zero[1]), (three[2], zero[1])]
    pairs += [(three[0], three[1]), (zero[3], three[4])]
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs]
    expected = verify(np.array(cosines), np.array([True, False, True, False]))
    assert (found["same"], found["different"]) == (2, 2)
    assert found["auc"] == expected.auc and found["eer"] == expected.eer
    assert found["eer_threshold"] == pytest.approx(expected.eer_threshold, abs=1e-4)


def test_folders_of_any_classes(run, bars_run, features, tmp_path):
    gallery = bars_run.folder(tmp_path / "gallery", [0, 3])
    probe = bars_run.folder(tmp_path / "probe", [3, 1], count=4)
    found = evaluate(
        run, verification=True, retrieval=True, gallery=str(gallery), probe=str(probe)
    )
    assert found["verification"]["same"] == 4 * 8
    assert found["verification"]["different"] == 8 * 16 - 4 * 8
    # Class 1 is not in the gallery.
    assert found["retrieval"]["queries"] == 4
    alone = evaluate(run, verification=True, gallery=str(gallery))["verification"]
    assert alone["same"] == 2 * 28 and alone["different"] == 64
    chosen = np.concatenate([np.flatnonzero(features[1] == c)[:8] for c in (0, 3)])
    expected = verify_gallery(features[0][chosen], features[1][chosen])
    assert alone["auc"] == pytest.approx(expected.auc, abs=1e-3)


def test_the_command(run, capsys):
    assert cli.main(["evaluate", str(run), "--verification", "--retrieval"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "equal error rate" in shown and "too few pairs" in shown
    assert "recall@10" in shown and "roc.png" in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.png,a.png,same\na.png,same", "line 2, is 'a.png,same'"),
        ("a.png,a.png,perhaps", "'same' or 'different'"),
        ("a.png,b.png,same", "line 1: '.*b.png' is no file"),
        ("\n\n", "holds no pair"),
        ("ä.png,b.png,same", "pairs.csv is no CSV file in UTF-8"),
    ],
)
def test_bad_files_of_pairs(tmp_path, text, message):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "pairs.csv").write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=message):
        read_pairs(tmp_path / "pairs.csv")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"verification": "no.csv"}, "no.csv' does not exist"),
        ({"verification": True, "probe": "x"}, "--gallery too"),
        ({"gallery": "x"}, "--gallery is for"),
        ({"retrieval": True, "gallery": "no"}, "folder 'no' does not exist"),
        ({"retrieval": True, "gallery": "."}, "a folder of images per class"),
    ],
)
def test_bad_arguments(run, tmp_path, monkeypatch, chosen, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        evaluate(run, **chosen)
