import json
import shutil

import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.evaluation import retrieve, verify, verify_gallery
from keras_pod.experiments.after import evaluate as module
from keras_pod.experiments.after import evaluate_pairs as pairs
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run import console


@pytest.fixture(scope="module")
def run(bars_run, tmp_path_factory):
    return shutil.copytree(bars_run.run, tmp_path_factory.mktemp("pairs") / "run")


@pytest.fixture(scope="module")
def trained(run):
    return load_trained(run)


@pytest.fixture(scope="module")
def features(trained, bars_run):
    """Features of the test images of all four classes, with their labels."""
    arrays = datasets.load(bars_run.whole).arrays
    return trained.model.predict(arrays.x_test, verbose=0)["features"], arrays.y_test


def test_all_pairs_and_retrieval_of_the_test_images(run, features, capsys):
    x, y = features[0][features[1] < 3], features[1][features[1] < 3]
    words = ["evaluate", str(run), "--verification", "--retrieval", "--json"]
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out)
    expected = verify_gallery(x, y)
    assert found["verification"]["auc"] == pytest.approx(expected.auc, abs=1e-4)
    assert found["verification"]["same"] == expected.same
    rates = [point["far"] for point in found["verification"]["operating"]]
    assert rates == [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
    expected = retrieve(x, y)
    assert set(found["retrieval"]["recall"]) == {*"15", "10"}
    average = found["retrieval"]["mean_average_precision"]
    assert average == pytest.approx(expected.mean_average_precision, abs=1e-4)
    assert (run / "roc.png").exists()
    module.show(found)
    shown = " ".join(capsys.readouterr().out.split())
    assert "equal error rate" in shown and "too few pairs" in shown
    assert "recall@10" in shown and "roc.png" in shown


def test_a_folder_that_cannot_be_written_costs_the_picture_only(
    tmp_path, monkeypatch, capsys
):
    def refuse(path, write):
        raise OSError("Read-only file system")

    monkeypatch.setattr(console, "write_whole", refuse)
    x = np.random.default_rng(0).normal(size=(20, 3))
    found = pairs.with_picture(verify_gallery(x, np.arange(20) % 4), tmp_path)
    assert found["auc"] > 0 and "picture" not in found
    pairs.show_verification(found)
    assert "no picture: Read-only file system" in capsys.readouterr().out


def test_pairs_of_a_file(trained, bars_run, features, tmp_path):
    bars_run.folder(tmp_path / "images", [0, 3])
    lines = ["images/0/0.png,images/0/1.png,same", "images/3/2.png, images/0/1.png,0"]
    lines += ["", "images/3/0.png,images/3/1.png,1", "images/0/3.png,images/3/4.png,0"]
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    found = pairs.verify_pairs(trained, tmp_path / "pairs.csv")
    zero, three = (features[0][features[1] == c] for c in (0, 3))
    compared = [(zero[0], zero[1]), (three[2], zero[1])]
    compared += [(three[0], three[1]), (zero[3], three[4])]
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in compared]
    expected = verify(np.array(cosines), np.array([True, False, True, False]))
    assert (found.same, found.different) == (2, 2)
    assert found.auc == expected.auc and found.eer == expected.eer
    assert found.eer_threshold == pytest.approx(expected.eer_threshold, abs=1e-4)


def test_folders_of_any_classes(run, trained, bars_run, features, tmp_path):
    gallery = str(bars_run.folder(tmp_path / "gallery", [0, 3]))
    probe = str(bars_run.folder(tmp_path / "probe", [3, 1], count=4))
    found = evaluate(
        run, verification=True, retrieval=True, gallery=gallery, probe=probe
    )
    assert found["verification"]["same"] == 4 * 8
    assert found["verification"]["different"] == 8 * 16 - 4 * 8
    # Class 1 is not in the gallery.
    assert found["retrieval"]["queries"] == 4
    (alone,) = pairs.read_classes(trained, gallery)
    chosen = np.concatenate([np.flatnonzero(features[1] == c)[:8] for c in (0, 3)])
    np.testing.assert_allclose(alone.features, features[0][chosen], rtol=1e-4)
    assert alone.labels.tolist() == [0] * 8 + [1] * 8


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
        pairs.read_pairs(tmp_path / "pairs.csv")


def test_bad_arguments(run, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "load_trained", lambda *_: trained)
    for chosen, message in (
        ({"verification": "no.csv"}, "no.csv' does not exist"),
        ({"verification": True, "probe": "x"}, "--gallery too"),
        ({"gallery": "x"}, "--gallery is for"),
        ({"retrieval": True, "gallery": "no"}, "folder 'no' does not exist"),
        ({"retrieval": True, "gallery": "."}, "a folder of images per class"),
    ):
        with pytest.raises(InputError, match=message):
            evaluate(run, **chosen)
