import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, load
from keras_pod.data.readers.npz import read_npz
from tests.data.four_arrays import PARTS


@pytest.fixture
def save(tmp_path):
    def write(parts, save=np.savez):
        save(tmp_path / "my.npz", **parts)
        return tmp_path / "my.npz"

    return write


def test_four_arrays(save):
    data = load(str(save(PARTS, np.savez_compressed)))
    for key, array in PARTS.items():
        np.testing.assert_array_equal(getattr(data.arrays, key), array)
    assert data.arrays.x_train.dtype == np.uint8 and not data.held_out
    assert (data.name, data.image_shape, data.num_test) == ("my", (16, 16, 3), 8)
    assert data.class_names == ["0", "1", "2", "3"]
    assert data.augmentation == Augmentation(2, True)
    # Or x and y are parted.
    path = save({"x": PARTS["x_train"], "y": PARTS["y_train"]})
    arrays, _, held_out = read_npz(path)
    assert np.bincount(arrays.y_test).tolist() == [1, 1, 1, 1] and held_out
    np.testing.assert_array_equal(arrays.x_test, read_npz(path)[0].x_test)


def test_files_that_are_not_as_wanted(save):
    with pytest.raises(InputError, match="it holds x_train, y_train, x_test"):
        read_npz(save({k: v for k, v in PARTS.items() if k != "y_test"}))
    with pytest.raises(InputError, match="Python objects .* store numbers"):
        read_npz(save(PARTS | {"y_train": np.array(["cat"], object)}))
    path = save(PARTS)
    whole = path.read_bytes()
    for data in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(data)
        with pytest.raises(InputError, match="cannot read"):
            read_npz(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="a .npy file holds one array only"):
        read_npz(path)


def write(path, content, shape):
    """An archive of the members x and y, with headers of any shape."""
    stream = io.BytesIO()
    head = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, head)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("x.npy", "y.npy"):
            archive.writestr(name, stream.getvalue() + content)
    return path


def test_a_header_that_promises_another_size(tmp_path):
    for shape in ((2**44,), (2**100,), (3,), (-1,)):
        with pytest.raises(InputError, match=r"cannot read '.*a\.npz'"):
            read_npz(write(tmp_path / "a.npz", bytes(1), shape))


def test_arrays_too_large_for_memory_are_not_unpacked(tmp_path, monkeypatch):
    """20 kB that would be 20 MB."""
    path = write(tmp_path / "a.npz", bytes(10**7), (1, 10, 10**6))
    assert path.stat().st_size < 2**15
    monkeypatch.setattr("keras_pod.data.readers.npz.MAX_BYTES", 2 * 10**7)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"a\.npz' take 0\.0 GiB: .*uint8"):
        read_npz(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * 10**6
