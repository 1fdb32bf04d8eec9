import io

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.report import outputs as module
from keras_pod.experiments.report.outputs import outputs, pick
from keras_pod.experiments.run.run_folder import RunFolder


@pytest.fixture
def run(copies):
    folder = RunFolder(copies[1])
    return folder, load_trained(folder.path), datasets.load("digits", limit=200)


def ask(run, part="test"):
    folder, trained, images = run
    return outputs(folder, trained, images, part, Console(file=io.StringIO()))


@pytest.fixture
def computed(monkeypatch):
    """How often outputs were computed."""
    calls = []
    original = module._compute

    def spy(*arguments):
        calls.append(arguments[2])
        return original(*arguments)

    monkeypatch.setattr(module, "_compute", spy)
    return calls


def test_they_are_what_the_model_gives(run):
    folder, trained, images = run
    arrays = images.arrays
    for part, x, y in (
        ("test", arrays.x_test, arrays.y_test),
        ("train", arrays.x_train, arrays.y_train),
    ):
        found = ask(run, part)
        expected = trained.model.predict(x, verbose=0)
        np.testing.assert_allclose(found.logits, expected["logits"], atol=1e-5)
        np.testing.assert_allclose(
            found.features, expected["features"], rtol=1e-4, atol=1e-5
        )
        np.testing.assert_array_equal(found.labels, y)
        assert found.logits.dtype == found.features.dtype == "float32"
    kernel, bias = trained.model.get_layer("features").get_weights()
    test, neck = ask(run), trained.model.get_layer("neck")
    through = neck(test.backbone @ kernel + bias, training=False)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(through), test.features, rtol=1e-4, atol=1e-4
    )
    assert ask(run, "train").backbone is None


def test_computed_once(run, computed):
    first = ask(run)
    again = ask(run)
    assert computed == ["test"]
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    ask(run, "train")
    assert computed == ["test", "train"]


def test_another_model_or_image_is_computed_again(run, computed):
    folder, trained, images = run
    before = ask(run)
    images.arrays.x_test[0, 0, 0, 0] += 1
    ask(run)
    assert computed == ["test"] * 2
    layer = trained.model.get_layer("features")
    kernel, bias = layer.get_weights()
    layer.set_weights([2 * kernel, bias])
    trained.model.save(folder.model)
    after = ask((folder, load_trained(folder.path), images))
    assert computed == ["test"] * 3
    assert np.abs(after.features - before.features).max() > 0.01


def test_a_broken_file_is_made_again(run, computed):
    for content in (b"", b"nonsense", b"PK\x03\x04 cut off"):
        (run[0].path / "features-test.npz").write_bytes(content)
        assert len(ask(run).labels) == 360
    ask(run)
    assert computed == ["test"] * 3


def test_a_folder_that_cannot_be_written(run, monkeypatch):
    def refuse(path, write):
        raise PermissionError("read only")

    monkeypatch.setattr(module, "write_whole", refuse)
    console = Console(file=io.StringIO())
    assert len(outputs(*run, "test", console).labels) == 360
    assert "cannot keep the features: read only" in console.file.getvalue()


def test_features_of_the_backbone_itself(run):
    folder, trained, images = run
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Flatten()(inputs)
    logits = keras.layers.Dense(10, name="logits")(x)
    model = keras.Model(inputs, {"logits": logits, "features": x})
    object.__setattr__(trained, "model", model)
    assert ask((folder, trained, images)).backbone is None


def test_pick():
    images = datasets.load("digits", batch_size=100)
    found = pick(images, [3, 359, 100])
    assert sorted(found) == [3, 100, 359]
    for i, pixels in found.items():
        np.testing.assert_array_equal(pixels, images.arrays.x_test[i])
