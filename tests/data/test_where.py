import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import available, load


def test_prepared_sets(tmp_path):
    there, what = available("pod_tiny", tmp_path)
    assert not there and "load('pod_tiny', data_dir=" in what
    assert not any(tmp_path.iterdir())
    load("pod_tiny", data_dir=tmp_path)
    for name in ("pod_tiny", "pod_tiny-2"):
        there, what = available(name, str(tmp_path))
        assert there and str(tmp_path) in what


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


def test_names_and_paths(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").touch()
    assert available("mnist-5", tmp_path) == (True, f"'{tmp_path}'")
    assert available("digits-3") == (True, "comes with scikit-learn")
    assert available(tmp_path) == (True, f"'{tmp_path}'")
    assert available("gone.npz") == (False, "'gone.npz' does not exist")
    with pytest.raises(InputError, match="unknown data set 'cifra10'.*'cifar10'"):
        available("cifra10")
