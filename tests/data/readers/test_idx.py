import gzip
import tracemalloc

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.readers.idx import idx_folder, read_idx, read_idx_file
from tests.data.four_arrays import RNG

NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
PARTS = {
    "x_train": RNG.integers(0, 256, (40, 28, 28)).astype(np.uint8),
    "y_train": np.repeat(np.arange(10, dtype=np.uint8), 4),
    "x_test": RNG.integers(0, 256, (20, 28, 28)).astype(np.uint8),
    "y_test": np.repeat(np.arange(10, dtype=np.uint8), 2),
}


@pytest.fixture
def write_set(tmp_path):
    """write(parts, suffix) writes IDX files, gzipped if the suffix is .gz."""

    def write(parts, suffix=".gz"):
        for key, array in parts.items():
            shape = np.array(array.shape, ">u4").tobytes()
            data = bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()
            data = gzip.compress(data) if suffix else data
            (tmp_path / f"{NAMES[key]}{suffix}").write_bytes(data)
        return tmp_path

    return write


@pytest.mark.parametrize("suffix", [".gz", ""])
def test_reads_what_was_written(write_set, suffix):
    folder = write_set(PARTS, suffix)
    assert idx_folder("mnist", folder / "gone") is None
    assert idx_folder("cifar10", folder) is None
    arrays, names, held_out = read_idx("fashion_mnist", folder)
    assert names[9] == "Ankle boot" and not held_out
    for key, array in PARTS.items():
        got = getattr(arrays, key)
        np.testing.assert_array_equal(got.reshape(array.shape), array)
    for name in ("mnist", "fashion_mnist"):
        data = load(name, data_dir=folder, batch_size=16)
        assert (data.name, data.num_train, data.num_test) == (name, 40, 20)
        assert data.image_shape == (28, 28, 1)
        assert data.augmentation.flip == (name == "fashion_mnist")


EIGHT = {"y_train": np.arange(40, dtype="u1") % 8, "y_test": np.zeros(20, "u1")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_test": np.zeros((20, 784), np.uint8)}, "not an IDX .* 3 dimension"),
        (EIGHT, "8 classes; 'mnist' has 10"),
        ({"y_test": None}, "no file t10k-labels-idx1-ubyte.gz"),
    ],
)
def test_files_that_do_not_fit(write_set, change, message):
    parts = {k: part for k, part in (PARTS | change).items() if part is not None}
    with pytest.raises(InputError, match=message):
        read_idx("mnist", write_set(parts))


HEADER = bytes([0, 0, 8, 1, 0, 0, 0, 9])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"hello"), "not an IDX file"),
        (gzip.compress(HEADER[:6]), "not an IDX file"),
        (gzip.compress(HEADER + bytes(8)), "does not hold the 9 values"),
        # 20 kB that would be 20 MB: no more is unpacked than the header promises.
        (gzip.compress(HEADER + bytes(2 * 10**7)), "does not hold the 9 values"),
        (gzip.compress(HEADER[:4] + b"\x80\0\0\0"), "2147483648 values: 2 GiB"),
        (gzip.compress(HEADER + bytes(9))[:-10], "cannot read"),
        (b"not gzip", "cannot read"),
    ],
    ids=range(7),
)
def test_damaged_content(tmp_path, data, message):
    path = tmp_path / "file.gz"
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(InputError, match=message):
        read_idx_file(path, 1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10**7
