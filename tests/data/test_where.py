import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import available, load
from keras_pod.data.where import idx_folder


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
        ("tiny_imagenet", ["load('tiny_imagenet'", "-200.zip into '", "/manual'"]),
        (
            "imagenet",
            ["by hand", "/manual'", "load('imagenet'", "to register on https"],
        ),
        ("imagenet-30", ["by hand", "/downloads/manual'", "load('imagenet-30'"]),
    ],
)
def test_what_to_do(tmp_path, name, parts):
    there, what = available(name, tmp_path)
    assert not there
    for part in parts:
        assert part in what


def test_idx_files(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").touch()
    assert available("mnist-5", tmp_path) == (True, f"'{tmp_path}'")
    assert idx_folder("mnist", tmp_path) == tmp_path
    assert idx_folder("mnist", tmp_path / "gone") is None
    assert idx_folder("cifar10", tmp_path) is None


def test_names_and_paths(tmp_path):
    assert available("digits-3") == (True, "comes with scikit-learn")
    assert available(tmp_path) == (True, f"'{tmp_path}'")
    assert available("gone.npz") == (False, "'gone.npz' does not exist")
    with pytest.raises(InputError, match="unknown data set 'cifra10'.*'cifar10'"):
        available("cifra10")
