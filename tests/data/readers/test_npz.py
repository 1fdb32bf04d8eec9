import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, load
from keras_pod.data.readers.npz import checked_arrays, read_npz

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


@pytest.fixture
def changed(save):
    """changed(name=array, ...) reads the four arrays with others in their place."""
    return lambda **others: read_npz(save(PARTS | others))[0]


def test_four_arrays(changed, save):
    arrays = changed()
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


def test_grey_images_and_label_columns(changed):
    arrays = changed(
        **{k: v[..., 0] if k[0] == "x" else v[:, None] for k, v in PARTS.items()}
    )
    assert arrays.x_train.shape == (20, 16, 16, 1)
    assert arrays.y_train.shape == (20,)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_up_to_one_are_scaled(changed, dtype):
    small = {k: (PARTS[k] / 255).astype(dtype) for k in ("x_train", "x_test")}
    arrays = changed(**small)
    assert arrays.x_train.dtype == np.float32
    np.testing.assert_allclose(arrays.x_train, PARTS["x_train"], rtol=1e-3, atol=1e-3)


def test_floats_up_to_255_are_kept(changed):
    whole = PARTS["x_train"].astype(np.float32)
    # Dark test images alone do not mean that the range is 0..1.
    arrays = changed(x_train=whole, x_test=np.ones((8, 16, 16, 3), np.float32))
    np.testing.assert_array_equal(arrays.x_train, whole)
    assert arrays.x_test.max() == 1


def test_other_integers_become_bytes(changed):
    arrays = changed(x_train=PARTS["x_train"].astype(np.int64))
    assert arrays.x_train.dtype == np.uint8


def test_given_arrays_stay_as_they_are():
    x = np.linspace(0, 1, 20 * 16, dtype="float32").reshape(20, 4, 4)
    own = x.copy()
    arrays, _ = checked_arrays({"x": x, "y": np.arange(20) % 2}, "", 0.2)
    assert arrays.x_train.max() > 1
    np.testing.assert_array_equal(x, own)


WITH_NAN = np.where(np.arange(20 * 16 * 16).reshape(20, 16, 16) == 3, np.nan, 0)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("x_train", np.zeros((20, 16)), "x_train must be images"),
        ("x_train", np.zeros((0, 16, 16)), "x_train must be images"),
        ("x_test", np.zeros((8, 15, 16, 3), np.uint8), "test images .15, 16, 3"),
        ("x_train", WITH_NAN, "NaN"),
        ("x_train", np.where(np.isnan(WITH_NAN), np.inf, 0), "infinite"),
        ("x_train", np.full((20, 16, 16, 3), -1), "from -1 to -1"),
        ("x_train", np.full((20, 16, 16, 3), 256.0), "from 256.0 to 256.0"),
        ("x_train", np.zeros((20, 16, 16, 3), bool), "not bool"),
        ("x_train", np.full((20, 16, 16, 3), "a"), "not <U1"),
        ("x_train", np.array([{"a": 1}]), "x_train.npy holds Python objects"),
        ("y_train", np.arange(19) % 4, "each of the 20 images"),
        ("y_train", np.eye(4)[np.arange(20) % 4], r"\(20, 4\), one-hot.*single-label"),
        ("y_test", np.ones((8, 3), bool), r"\(8, 3\), one-hot or of several labels"),
        ("y_train", np.zeros((20, 2, 2), int), r"not an array of \(20, 2, 2\)"),
        ("y_train", np.array(["cat", "dog"] * 10), "texts such as 'cat'.*np.unique"),
        ("y_train", np.array(["cat"], object), "y_train.npy holds Python objects"),
        ("y_train", np.arange(20) % 4 / 1.0, "must be integers, not float64"),
        ("y_train", np.arange(20) % 4 - 1, "negative label -1"),
        ("y_train", np.arange(20) % 4 + 1, "without gaps: 0 does not occur"),
        ("y_train", np.arange(20) % 4 * 2, "without gaps: 1 does not occur, 6"),
        ("y_train", np.zeros(20, int), "only one class"),
        ("y_train", np.arange(20) + 2**40, "too large"),
        ("y_test", np.full(8, 4), "a test image has the label 4, .* 4 classes"),
    ],
)
def test_bad_arrays(changed, name, array, message):
    with pytest.raises(InputError, match=message):
        changed(**{name: array})


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
    with pytest.raises(InputError, match="it is a .npy file"):
        read_npz(path)


def header(shape, dtype="|u1"):
    stream = io.BytesIO()
    head = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue()


@pytest.fixture
def zipped(tmp_path):
    """zipped(x, y, compression) writes an archive of two members as they are."""

    def write(x, y, compression=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.npz", "w", compression) as archive:
            archive.writestr("x.npy", x)
            archive.writestr("y.npy", y)
        return tmp_path / "a.npz"

    return write


def refused_with_little_memory(path, message):
    tracemalloc.start()
    with pytest.raises(InputError, match=message):
        read_npz(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10**7


@pytest.mark.parametrize("shape", [(2**44,), (2**100,), (3,), (-1,)])
@pytest.mark.parametrize("dtype", ["|u1", "<f8", "<U0"])
def test_a_header_that_promises_another_size(zipped, shape, dtype):
    data = header(shape, dtype) + bytes(1)
    with pytest.raises(InputError, match=r"a\.npz': x\.npy holds 1 bytes where"):
        read_npz(zipped(data, data))


def test_arrays_too_large_for_memory_are_not_unpacked(zipped, monkeypatch):
    """100 kB that would be 100 MB."""
    side = 10_000
    x = header((1, side, side)) + bytes(side * side)
    path = zipped(x, header((1,), "<i8") + bytes(8))
    assert path.stat().st_size < 2**17
    monkeypatch.setattr("keras_pod.data.readers.npz.MAX_BYTES", side * side)
    refused_with_little_memory(path, r"a\.npz' take 0\.1 GiB, and 0\.2 GiB .*uint8")


def test_no_more_is_unpacked_than_the_archive_lists(zipped):
    """Also where that is wrong: 200 kB listed as 1 MB that would be 200 MB."""
    begin = header((10**6,))
    path = zipped(begin + bytes(10**8), begin + bytes(10**6))
    whole = path.read_bytes()
    at = whole.index(b"PK\1\2") + 24
    listed = struct.pack("<I", len(begin) + 10**6)
    path.write_bytes(whole[:at] + listed + whole[at + 4 :])
    refused_with_little_memory(path, r"Bad CRC-32 for file 'x\.npy'")


@pytest.mark.parametrize(
    ("parts", "kept", "most"),
    [
        # In thousands of bytes: what stays, and with what it is copied from.
        ({"x_train": "u1", "x_test": "u1"}, 2, 2),
        ({"x_train": "f4", "x_test": "f4"}, 8, 16),
        ({"x_train": "f8", "x_test": "f8"}, 8, 24),
        ({"x_train": "i8", "x_test": "i8"}, 2, 18),
        # The bytes become floats, as the others are.
        ({"x_train": "u1", "x_test": "f4"}, 8, 13),
        ({"x_train": ">f4", "x_test": "f4"}, 8, 16),
        # Parting makes a copy.
        ({"x": "u1"}, 1, 2),
    ],
)
def test_working_copies_count(save, monkeypatch, parts, kept, most):
    def limited_to(size):
        monkeypatch.setattr("keras_pod.data.readers.npz.MAX_BYTES", size)
        return read_npz(path)

    y = np.arange(10, dtype="i4") % 2
    arrays = {name: np.zeros((10, 10, 10), dtype) for name, dtype in parts.items()}
    path = save(arrays | {name.replace("x", "y"): y for name in parts})
    # Headers of 128 bytes, and labels with their copies, come on top.
    for size in (kept * 1000 + 40, most * 500 + 40):
        with pytest.raises(InputError, match="while they are read"):
            limited_to(size)
    limited_to(max(kept * 1000 + 200, most * 500 + 500))


def test_arrays_are_packed_as_numpy_does_it(tmp_path, zipped):
    np.savez_compressed(tmp_path / "b.npz", **PARTS)
    assert len(read_npz(tmp_path / "b.npz")[0].x_train) == 20
    path = zipped(header((0,)), header((0,)), zipfile.ZIP_LZMA)
    with pytest.raises(InputError, match=r"x\.npy is not compressed as NumPy"):
        read_npz(path)
    data = b"\x93NUMPY\x03\x00" + header((0,))[8:]
    with pytest.raises(InputError, match=r"version \(3, 0\)"):
        read_npz(zipped(data, data))
