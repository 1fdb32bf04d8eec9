import dataclasses

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.after.run_images import load_images, load_others
from keras_pod.experiments.after.trained import load_trained
from tests.experiments.conftest import squares


@pytest.fixture(scope="module")
def run(bars_run):
    return load_trained(bars_run.run)


def labels(run, data, **chosen):
    images = load_images(run, str(data), **chosen)
    x, found = map(np.concatenate, zip(*images.test.as_numpy_iterator(), strict=True))
    assert len(found) == images.num_test and x.shape[1:] == (8, 8, 1)
    return found


def test_all_images_of_what_has_no_test_images(run, bars_run, tmp_path):
    new = bars_run.folder(tmp_path / "new", [1, 2], count=10)
    assert np.bincount(labels(run, new)).tolist() == [0, 10, 10]
    x, y = squares(30, 0)
    # They are brought to the run's size and channels.
    for larger in (x, np.kron(x, np.ones((1, 2, 3, 3), np.uint8))):
        np.savez(tmp_path / "new.npz", x=larger, y=y)
        assert np.bincount(labels(run, tmp_path / "new.npz")).tolist() == [10, 10, 10]
    np.savez(tmp_path / "rgba.npz", x=x.repeat(4, axis=-1), y=y)
    with pytest.raises(InputError, match="images of 4 channels, but .* with 1"):
        load_others(run, str(tmp_path / "rgba.npz"))
    # What the run was extended by stays parted.
    extended = dataclasses.replace(run, extended_by=str(new))
    assert len(labels(extended, new)) == 4
    # Test images of its own are measured alone.
    bars_run.folder(tmp_path / "parts" / "train", [0, 1], count=10)
    bars_run.folder(tmp_path / "parts" / "test", [0, 1], count=3)
    assert len(labels(run, tmp_path / "parts")) == 6


def test_what_the_run_was_trained_on_stays_parted(run, bars_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bars_run.folder(tmp_path / "bars", [0, 1, 2], count=10)
    run = dataclasses.replace(run, settings=run.settings | {"data": "bars"})
    assert len(labels(run, "bars")) == len(labels(run, tmp_path / "bars")) == 6
    # So do its first classes.
    assert len(labels(run, "bars-2")) == 4
