import json
import shutil

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.data.splits import hold_out
from keras_pod.evaluation import calibration_error, fit_temperature, open_set
from keras_pod.experiments.after import calibrate as module
from keras_pod.experiments.after.calibrate import calibrate
from keras_pod.experiments.after.evaluate_unknown import gaussians_of
from keras_pod.experiments.after.predict import predict
from keras_pod.experiments.after.run_images import held_out_parts
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.cli import main as cli
from keras_pod.layers.calibration import SCORES


@pytest.fixture
def run(bars_run, tmp_path):
    return shutil.copytree(bars_run.run, tmp_path / "run")


def test_fitted_on_one_half_reported_on_the_other(run, bars_run, capsys):
    assert cli.main(["calibrate", str(run), "--threshold", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["keep"] == 0.95
    model = keras.models.load_model(run / "model.keras")
    arrays = datasets.load(bars_run.first).arrays
    out, y = model.predict(arrays.x_test, verbose=0), arrays.y_test
    report, fit = hold_out(y, 0.5, "012")
    assert not set(report) & set(fit) and len(report) + len(fit) == len(y)
    fitted = fit_temperature(out["logits"][fit], y[fit])
    assert found["temperature"] == pytest.approx(fitted.temperature, rel=1e-4)
    for when, p in (
        ("before", keras.ops.convert_to_numpy(keras.ops.softmax(out["logits"]))),
        ("after", out["probabilities"]),
    ):
        expected = calibration_error(p[report], y[report])
        assert found[when]["calibration_error"] == pytest.approx(expected, abs=1e-4)
    assert found["after"]["calibration_error"] < found["before"]["calibration_error"]
    assert found["after"]["accuracy"] == found["before"]["accuracy"]
    assert found["fitted_on"]["count"] == len(fit)
    written = json.loads((run / "run.json").read_text())
    assert written["calibration"] == found


def test_what_the_validation_images_cannot_refuse_stays(
    squares_run, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "SIGNIFICANCE", 1e-300)
    found = calibrate(shutil.copytree(squares_run.run, tmp_path / "run"))
    assert found["fitted_on"] == {"images": "validation images", "count": 60}
    assert found["reported_on"] == {"images": "test images", "count": 30}
    assert found["temperature"] == 1 and found["before"] == found["after"]


def test_predict_says_none_of_these(run, bars_run, tmp_path):
    images = bars_run.folder(tmp_path / "images", [0, 3])
    found = calibrate(run, keep=0.6, score="product")
    assert 0.3 < found["kept"] < 0.9
    rows = predict(run, [images])
    model = keras.models.load_model(run / "model.keras")
    assert {row["known"] for row in rows} == {True, False}
    for row in rows:
        assert row["class"] == (row["nearest"] if row["known"] else "none of these")
        # Rounded scores at the threshold itself could go either way.
        gap = row["known_score"] - model.get_layer("known").threshold
        assert row["known_score"] == pytest.approx(row["cosine"] * row["feature_norm"])
        assert abs(gap) < 1e-5 or row["known"] == (gap > 0)
        assert 0 < row["probability"] <= 1


def test_gaussians_in_the_model_stay_when_it_is_fitted_again(run, bars_run):
    found = calibrate(run, keep=0.8, score="gaussian")
    assert 0.5 < found["kept"] <= 1
    assert "threshold" not in calibrate(run)
    trained, arrays = load_trained(run), datasets.load(bars_run.first).arrays
    model, gaussians = trained.model, gaussians_of(trained)
    out = model.predict(arrays.x_test, verbose=0)
    scores = gaussians.scores(out["features"]).max(axis=1) - gaussians.log_priors[0]
    # The layer leaves out the priors, which are equal.
    assert gaussians.priors == "equal"
    layer = model.get_layer("known")
    own = keras.ops.convert_to_numpy(layer.scores(out["features"], out["logits"]))
    np.testing.assert_allclose(own, scores, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(out["known"], own >= layer.threshold)


def test_the_score_that_finds_given_unknown_images_best(
    run, bars_run, tmp_path, capsys
):
    folder = str(bars_run.folder(tmp_path / "new", [0, 3]))
    flags = ["calibrate", str(run), "--threshold", "0.9", "--score", "auto"]
    assert cli.main([*flags, "--unknown", folder]) == 0
    found = json.loads((run / "run.json").read_text())["calibration"]
    chosen, trained = found["chosen_by"], load_trained(run)
    assert chosen["images"] == 8 and set(chosen["auroc"]) == set(SCORES)
    assert found["score"] == max(chosen["auroc"], key=chosen["auroc"].get)
    assert trained.model.get_layer("known").score == found["score"]
    # Of the images that the rest is fitted on, not of those that are reported.
    fit, _ = held_out_parts(trained)
    out = trained.predict_files(datasets.list_images(tmp_path / "new" / "3"))
    norms = [np.linalg.norm(each["features"], axis=1) for each in (fit.out, out)]
    assert chosen["auroc"]["norm"] == pytest.approx(open_set(*norms).auroc)
    shown = " ".join(capsys.readouterr().out.split())
    assert f"8 unknown images of {folder}: {found['score']} " in shown


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"keep": 1.5}, "--threshold"),
        ({"keep": 0.9, "score": "gausian"}, "did you mean 'gaussian'"),
        ({"keep": 0.9, "score": "auto"}, "--score auto and --unknown DATA go together"),
        ({"keep": 0.9, "unknown": "digits"}, "the known ones alone do not tell"),
        ({"score": "norm"}, "--score norm is for a threshold; give --threshold"),
    ],
)
def test_bad_arguments_change_nothing(bars_run, chosen, message):
    before = (bars_run.run / "model.keras").read_bytes()
    with pytest.raises(InputError, match=message):
        calibrate(bars_run.run, **chosen)
    assert (bars_run.run / "model.keras").read_bytes() == before
