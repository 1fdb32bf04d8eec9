import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, load
from keras_pod.data.readers.npz import read_npz

RNG = np.random.default_rng(0)
PARTS = {
    "x_train": RNG.integers(0, 256, (20, 16, 16, 3)).astype(np.uint8),
    "y_train": np.arange(20) % 4,
    "x_test": RNG.integers(0, 256, (8, 16, 16, 3)).astype(np.uint8),
    "y_test": np.arange(8) % 4,
}


@pytest.fixture
def save(tmp_path):
    def write(parts):
        np.savez(tmp_path / "my.npz", **parts)
        return tmp_path / "my.npz"

    return write


def test_four_arrays(save):
    arrays, _ = read_npz(save(PARTS))
    for key, array in PARTS.items():
        np.testing.assert_array_equal(getattr(arrays, key), array)
    assert arrays.x_train.dtype == np.uint8 and arrays.y_train.dtype == np.int32
    data = load(str(save(PARTS)))
    assert (data.name, data.image_shape, data.num_test) == ("my", (16, 16, 3), 8)
    assert data.class_names == ["0", "1", "2", "3"]
    assert data.augmentation == Augmentation(2, True)


def test_x_and_y_are_parted(save):
    path = save({"x": PARTS["x_train"], "y": PARTS["y_train"]})
    arrays, _ = read_npz(path)
    assert np.bincount(arrays.y_test).tolist() == [1, 1, 1, 1]
    assert np.bincount(arrays.y_train).tolist() == [4, 4, 4, 4]
    np.testing.assert_array_equal(arrays.x_test, read_npz(path)[0].x_test)


def test_missing_keys(save):
    with pytest.raises(InputError, match="it holds x_train, y_train, x_test"):
        read_npz(save({k: v for k, v in PARTS.items() if k != "y_test"}))


def test_not_an_npz_file(tmp_path, save):
    path = tmp_path / "bad.npz"
    whole = save(PARTS).read_bytes()
    for data in (b"", b"text", whole[:100], whole[: len(whole) // 2]):
        path.write_bytes(data)
        with pytest.raises(InputError, match="cannot read"):
            read_npz(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="a .npy file holds one array only"):
        read_npz(path)


@pytest.mark.parametrize(
    ("name", "array"),
    [("x_train", np.array([{"a": 1}])), ("y_train", np.array(["cat"], object))],
)
def test_python_objects(save, name, array):
    with pytest.raises(InputError, match="Python objects .* labels as integers"):
        read_npz(save(PARTS | {name: array}))


def header(shape, dtype="|u1"):
    stream = io.BytesIO()
    head = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue()


@pytest.fixture
def zipped(tmp_path):
    """zipped(x, y) writes an archive of two members as they are."""

    def write(x, y):
        target = tmp_path / "a.npz"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", x)
            archive.writestr("y.npy", y)
        return target

    return write


def refused_with_little_memory(path, message):
    tracemalloc.start()
    with pytest.raises(InputError, match=message):
        read_npz(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10**7


@pytest.mark.parametrize("shape", [(2**44,), (2**100,), (3,), (-1,)])
@pytest.mark.parametrize("dtype", ["|u1", "<f8"])
def test_a_header_that_promises_another_size(zipped, shape, dtype):
    data = header(shape, dtype) + bytes(1)
    with pytest.raises(InputError, match=r"cannot read '.*a\.npz'"):
        read_npz(zipped(data, data))


def test_arrays_too_large_for_memory_are_not_unpacked(zipped, monkeypatch):
    """100 kB that would be 100 MB."""
    side = 10_000
    x = header((1, side, side)) + bytes(side * side)
    path = zipped(x, header((1,), "<i8") + bytes(8))
    assert path.stat().st_size < 2**17
    monkeypatch.setattr("keras_pod.data.readers.npz.MAX_BYTES", side * side)
    refused_with_little_memory(path, r"a\.npz' take 0\.1 GiB: .*uint8")


def test_no_more_is_unpacked_than_the_archive_lists(zipped):
    """Also where that is wrong: 200 kB listed as 1 MB that would be 200 MB."""
    begin = header((10**6,))
    path = zipped(begin + bytes(10**8), begin + bytes(10**6))
    whole = path.read_bytes()
    at = whole.index(b"PK\1\2") + 24
    listed = struct.pack("<I", len(begin) + 10**6)
    path.write_bytes(whole[:at] + listed + whole[at + 4 :])
    refused_with_little_memory(path, r"Bad CRC-32 for file 'x\.npy'")


def test_compressed(tmp_path):
    np.savez_compressed(tmp_path / "b.npz", **PARTS)
    assert len(read_npz(tmp_path / "b.npz")[0].x_train) == 20
