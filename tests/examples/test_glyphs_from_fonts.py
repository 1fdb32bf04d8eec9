from pathlib import Path

import matplotlib
import numpy as np
import pytest

from keras_pod.data import load
from tests.loading import EXAMPLES, run
from tests.loading import load as load_example

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@pytest.fixture(scope="module")
def example():
    return load_example(EXAMPLES / "glyphs_from_fonts.py")


@pytest.fixture(scope="module")
def fonts(example):
    return example.find_fonts(FONTS, ["STIX*", "cm*"])


def test_a_set_that_can_be_trained_on(example, tmp_path, capsys):
    path = tmp_path / "glyphs.npz"
    arguments = ["--characters", "Ae\ue000é", "--leave-out", "c*", "--train", 12]
    run(example, FONTS, "--out", path, *arguments, "--test", 3)
    out, err = capsys.readouterr()
    assert "3 classes, 36 training and 9 test images" in out
    assert "too few fonts have '\\ue000'" in err
    data = load(path)
    assert (data.num_classes, data.image_shape) == (3, (28, 28, 1))
    assert np.bincount(data.arrays.y_train).tolist() == [12] * 3
    assert [p.name for p in tmp_path.iterdir()] == ["glyphs.npz"]
    with np.load(path) as file:
        assert file["characters"].tolist() == ["A", "e", "é"]


def test_no_family_is_for_training_and_for_testing(example, fonts, monkeypatch):
    seen, drawings = [], example.drawings

    def record(fonts, families, character):
        seen.append(set(families))
        return drawings(fonts, families, character)

    monkeypatch.setattr(example, "drawings", record)
    first, same, other = (example.make(fonts, "ab", 3, 1, s) for s in (0, 0, 1))
    # The font that has one picture for whole alphabets is not among them.
    assert "DejaVu Sans" in fonts and not any("Last" in family for family in fonts)
    test, train = seen[:2]
    assert not test & train and test | train == set(fonts)
    np.testing.assert_array_equal(first["x_train"], same["x_train"])
    assert (first["x_train"] != other["x_train"]).any()
