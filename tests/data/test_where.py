import numpy as np
import pytest

from keras_pod.data import available, load


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("cifar100", ["With network", "load('cifar100', data_dir", "161 MiB"]),
        ("mnist-5", ["load('mnist-5'", "IDX files"]),
        ("emnist/letters", ["load('emnist/letters', data_dir='{folder}')"]),
        ("tiny_imagenet", ["load('tiny_imagenet'", "237 MiB"]),
        ("imagenet-30", ["by hand", "'{folder}/downloads/manual'", "to register on h"]),
    ],
)
def test_what_to_do(tmp_path, name, parts):
    there, what = available(name, tmp_path)
    assert not there
    for part in parts:
        assert part.format(folder=tmp_path) in what
    assert not any(tmp_path.iterdir())


def test_names_and_paths(tmp_path, tfds_dir):
    load("pod_tiny", data_dir=tfds_dir)
    there, what = available("pod_tiny-2", str(tfds_dir))
    assert there and str(tfds_dir) in what
    (tmp_path / "train-images-idx3-ubyte").touch()
    assert available("mnist-5", tmp_path) == (True, f"'{tmp_path}'")
    assert available("digits-3") == (True, "comes with scikit-learn")
    assert available(tmp_path) == (True, f"'{tmp_path}'")
    assert available("gone.npz") == (False, "'gone.npz' does not exist")


def test_the_first_classes_of_a_path(tmp_path):
    y = np.arange(12) % 4
    np.savez(tmp_path / "a-b.npz", x=np.zeros((12, 8, 8), "uint8"), y=y)
    part = f"{tmp_path / 'a-b.npz'}-3"
    assert available(part) == (True, f"'{tmp_path / 'a-b.npz'}'")
    data = load(part)
    assert (data.name, data.class_names) == ("a-b-3", ["0", "1", "2"])
    assert set(data.arrays.y_train) == {0, 1, 2}
    # What has the number in its own name is taken whole.
    np.savez(part, x=np.zeros((12, 8, 8), "uint8"), y=y)
    (tmp_path / "a-b.npz-3.npz").rename(part)
    assert available(part) == (True, f"'{part}'")
