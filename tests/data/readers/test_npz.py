import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, load
from keras_pod.data.readers.npz import read_npz


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (20, 16, 16, 3)).astype(np.uint8),
        "y_train": np.arange(20) % 4,
        "x_test": rng.integers(0, 256, (8, 16, 16, 3)).astype(np.uint8),
        "y_test": np.arange(8) % 4,
    }


@pytest.fixture
def save(tmp_path):
    def write(parts):
        np.savez(tmp_path / "my.npz", **parts)
        return tmp_path / "my.npz"

    return write


def test_four_arrays(parts, save):
    arrays, names = read_npz(save(parts))
    assert names == ["0", "1", "2", "3"]
    for key, array in parts.items():
        np.testing.assert_array_equal(getattr(arrays, key), array)
    assert arrays.x_train.dtype == np.uint8 and arrays.y_train.dtype == np.int32


def test_load(parts, save):
    data = load(save(parts))
    assert (data.name, data.num_classes, data.image_shape) == ("my", 4, (16, 16, 3))
    assert data.augmentation == Augmentation(2, True)
    assert load(str(save(parts))).num_test == 8


def test_x_and_y_are_parted(parts, save):
    path = save({"x": parts["x_train"], "y": parts["y_train"]})
    arrays, _ = read_npz(path)
    assert np.bincount(arrays.y_test).tolist() == [1, 1, 1, 1]
    assert np.bincount(arrays.y_train).tolist() == [4, 4, 4, 4]
    np.testing.assert_array_equal(arrays.x_test, read_npz(path)[0].x_test)


def test_grey_images_and_label_columns(parts, save):
    parts = {k: v[..., 0] if k[0] == "x" else v[:, None] for k, v in parts.items()}
    arrays, _ = read_npz(save(parts))
    assert arrays.x_train.shape == (20, 16, 16, 1)
    assert arrays.y_train.shape == (20,)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_up_to_one_are_scaled(parts, save, dtype):
    for key in ("x_train", "x_test"):
        parts[key] = (parts[key] / 255).astype(dtype)
    arrays, _ = read_npz(save(parts))
    assert arrays.x_train.dtype == np.float32
    assert arrays.x_train.max() == pytest.approx(255, rel=1e-3)
    np.testing.assert_allclose(
        arrays.x_train, parts["x_train"].astype(float) * 255, rtol=1e-3
    )


def test_floats_up_to_255_are_kept(parts, save):
    parts["x_train"] = parts["x_train"].astype(np.float32)
    # Dark test images alone do not mean that the range is 0..1.
    parts["x_test"] = np.ones((8, 16, 16, 3), np.float32)
    arrays, _ = read_npz(save(parts))
    np.testing.assert_array_equal(arrays.x_train, parts["x_train"])
    assert arrays.x_test.max() == 1


def test_other_integers_become_bytes(parts, save):
    parts["x_train"] = parts["x_train"].astype(np.int64)
    assert read_npz(save(parts))[0].x_train.dtype == np.uint8


def with_nan(shape):
    x = np.zeros(shape, np.float32)
    x.flat[3] = np.nan
    return x


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.zeros((20, 16))}, "x_train must be images"),
        ({"x_train": np.zeros((0, 16, 16))}, "x_train must be images"),
        ({"x_test": np.zeros((8, 15, 16, 3), np.uint8)}, "test images .15, 16, 3"),
        ({"x_train": with_nan((20, 16, 16, 3))}, "NaN"),
        ({"x_train": np.full((20, 16, 16, 3), -1)}, "from -1 to -1"),
        ({"x_train": np.full((20, 16, 16, 3), 256.0)}, "from 256.0 to 256.0"),
        ({"x_train": np.zeros((20, 16, 16, 3), bool)}, "not bool"),
        ({"x_train": np.full((20, 16, 16, 3), "a")}, "not <U1"),
        ({"y_train": np.arange(19) % 4}, "each of the 20 images"),
        ({"y_train": np.eye(4)[np.arange(20) % 4]}, r"not an array of \(20, 4\)"),
        ({"y_train": np.arange(20) % 4 / 1.0}, "must be integers, not float64"),
        ({"y_train": np.arange(20) % 4 - 1}, "negative label -1"),
        ({"y_train": np.arange(20) % 4 + 1}, "without gaps: 0 does not occur"),
        ({"y_train": np.arange(20) % 4 * 2}, "without gaps: 1 does not occur, 6"),
        ({"y_train": np.zeros(20, int)}, "only one class"),
        ({"y_train": np.arange(20) + 2**40}, "too large"),
        ({"y_test": np.full(8, 4)}, "y_test holds the label 4"),
    ],
)
def test_bad_arrays(parts, save, change, message):
    with pytest.raises(InputError, match=message):
        read_npz(save(parts | change))


def test_pickled_objects_are_refused(parts, save):
    parts["x_train"] = np.array([{"a": 1}], dtype=object)
    with pytest.raises(InputError, match="allow_pickle=False"):
        read_npz(save(parts))


def test_missing_keys(parts, save):
    del parts["y_test"]
    with pytest.raises(InputError, match="it holds x_train, y_train, x_test"):
        read_npz(save(parts))


def test_not_an_npz_file(tmp_path, parts, save):
    path = tmp_path / "bad.npz"
    whole = save(parts).read_bytes()
    for data in (b"", b"text", whole[:100], whole[: len(whole) // 2]):
        path.write_bytes(data)
        with pytest.raises(InputError, match="cannot read"):
            read_npz(path)
    np.save(tmp_path / "one.npy", np.zeros(3))
    path.write_bytes((tmp_path / "one.npy").read_bytes())
    with pytest.raises(InputError, match="it is a .npy file"):
        read_npz(path)


def header(shape, dtype="|u1"):
    stream = io.BytesIO()
    head = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue()


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("shape", [(2**44,), (2**100,), (3,), (-1,)])
@pytest.mark.parametrize("dtype", ["|u1", "<f8", "<U0"])
def test_a_header_that_promises_another_size(tmp_path, shape, dtype):
    data = header(shape, dtype) + bytes(1)
    path = write_zip(tmp_path / "a.npz", {"x.npy": data, "y.npy": data})
    with pytest.raises(InputError, match=r"a\.npz': x\.npy holds 1 bytes where"):
        read_npz(path)


def test_arrays_too_large_for_memory_are_not_unpacked(tmp_path, monkeypatch):
    """100 kB that would be 100 MB."""
    side = 10_000
    members = {
        "x.npy": header((1, side, side)) + bytes(side * side),
        "y.npy": header((1,), "<i8") + bytes(8),
    }
    path = write_zip(tmp_path / "a.npz", members)
    assert path.stat().st_size < 2**17
    monkeypatch.setattr("keras_pod.data.readers.npz.MAX_BYTES", side * side)
    refused_with_little_memory(path, r"a\.npz' take 0\.1 GiB: .*uint8")


def test_no_more_is_unpacked_than_the_archive_lists(tmp_path):
    """Also where that is wrong: 200 kB listed as 1 MB that would be 200 MB."""
    data = header((10**6,)) + bytes(10**8)
    path = write_zip(tmp_path / "a.npz", {"x.npy": data, "y.npy": data})
    whole = path.read_bytes()
    begin = whole.index(b"PK\1\2") + 24
    listed = struct.pack("<I", len(header((10**6,))) + 10**6)
    path.write_bytes(whole[:begin] + listed + whole[begin + 4 :])
    refused_with_little_memory(path, r"Bad CRC-32 for file 'x\.npy'")


def refused_with_little_memory(path, message):
    tracemalloc.start()
    with pytest.raises(InputError, match=message):
        read_npz(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10**7


def test_arrays_are_packed_as_numpy_does_it(tmp_path, parts):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **parts)
    assert len(read_npz(path)[0].x_train) == 20
    write_zip(path, {"x.npy": header((0,)), "y.npy": header((0,))}, zipfile.ZIP_LZMA)
    with pytest.raises(InputError, match=r"x\.npy is not compressed as NumPy"):
        read_npz(path)


def test_a_header_of_an_unknown_version(tmp_path):
    data = b"\x93NUMPY\x03\x00" + header((0,))[8:]
    path = write_zip(tmp_path / "a.npz", {"x.npy": data, "y.npy": data})
    with pytest.raises(InputError, match=r"version \(3, 0\)"):
        read_npz(path)
