import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_pod.core.errors import InputError
from keras_pod.data import read_image
from keras_pod.data.image_files import encoded
from keras_pod.data.image_files.claimed_size import claimed_size
from keras_pod.data.image_files.pixels import MAX_PIXELS, _header_size
from tests.data.bombs import film, late_header, many_scans, small_screen

RNG = np.random.default_rng(0)


def file(kind, mode="RGB", size=(11, 7)):
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = RNG.integers(0, 256, (size[1], size[0], channels)).astype("uint8")
    image = Image.fromarray(pixels.squeeze(), mode)
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


FILES = {
    "png": file("PNG"),
    "grey png": file("PNG", "L"),
    "grey png with alpha": file("PNG", "LA"),
    "png with alpha": file("PNG", "RGBA"),
    "jpeg": file("JPEG"),
    "grey jpeg": file("JPEG", "L"),
    "cmyk jpeg": file("JPEG", "CMYK"),
    "gif": file("GIF"),
    "film": film(3, 20),
    "bmp": file("BMP"),
}
SHAPES = [
    ((7, 11, 3), None),
    ((7, 11, 1), None),
    ((5, 16, 3), None),
    ((4, 4, 1), None),
    ((6, 6, 3), 8),
]


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def reader(request):
    """A shape with the graph that reads files to it, as an exported model has it."""
    shape, side = request.param
    spec = [tf.TensorSpec((), tf.string)]
    return (
        shape,
        side,
        tf.function(lambda one: encoded.read(one, shape, side), spec, autograph=False),
    )


@pytest.mark.parametrize("name", FILES)
def test_the_pixels_are_those_of_read_image(name, reader, tmp_path):
    shape, side, read = reader
    path = tmp_path / "image"
    path.write_bytes(FILES[name])
    expected = read_image(path, shape, side)
    np.testing.assert_array_equal(read(FILES[name]).numpy(), expected)


@pytest.mark.parametrize("name", FILES)
def test_claimed_size(name):
    data = FILES[name]
    expected = (60, 20) if name == "film" else (7, 11)
    assert tuple(claimed_size(data).numpy()) == expected
    assert _header_size(data) == expected


def test_claimed_size_of_a_downward_bmp():
    data = b"BM" + bytes(16) + struct.pack("<ii", 30, -20) + bytes(40)
    assert claimed_size(data).numpy().tolist() == [20, 30]


def test_claimed_size_of_a_gif_is_that_of_the_walk_in_python():
    """Also where some of its bytes are wrong."""
    size = tf.function(claimed_size, [tf.TensorSpec((), tf.string)], autograph=False)
    found = set()
    for _ in range(300):
        data = bytearray(FILES["film"])
        for at in RNG.integers(6, len(data), 3):
            data[at] = RNG.integers(0, 256)
        expected = _header_size(bytes(data))
        assert tuple(size(tf.constant(bytes(data))).numpy()) == expected
        found.add(expected)
    assert len(found) > 2


def test_a_gif_of_too_many_blocks(monkeypatch):
    monkeypatch.setattr("keras_pod.data.image_files.claimed_size._MAX_BLOCKS", 50)
    assert claimed_size(film(1, 8)).numpy().tolist() == [8, 8]
    assert claimed_size(film(4, 8)).numpy().tolist() == [0, 0]


@pytest.mark.parametrize("data", [b"", b"B", b"text", b"RIFF....WEBPVP8 "])
def test_what_is_no_image_claims_nothing(data):
    assert claimed_size(data).numpy().tolist() == [0, 0]


BOMB = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 20_000, 20_000)
BAD = {
    "nothing": (b"", "not a PNG"),
    "text": (b"text", "not a PNG"),
    "webp": (file("WEBP"), "not a PNG"),
    "too many pixels": (BOMB + bytes(100), "too many pixels"),
    "cut png": (FILES["png"][:-40], "Invalid PNG"),
    "cut jpeg": (FILES["jpeg"][:-60], "Invalid JPEG"),
    "cut gif": (FILES["gif"][:-60], "not a whole one"),
    "cut film": (FILES["film"][:-1], "not a whole one"),
    "film": (film(10, 3000), "too many pixels"),
    "gif with a small screen": (small_screen(12_000), "too many pixels"),
    "png whose header is not first": (late_header(50), "not a PNG"),
    "cut bmp": (FILES["bmp"][:-60], "size"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_errors(name, tmp_path):
    data, message = BAD[name]
    read = tf.function(lambda one: encoded.read(one, (4, 4, 3), None), autograph=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        read(tf.constant(data))
    path = tmp_path / "image"
    path.write_bytes(data)
    with pytest.raises(InputError):
        read_image(path, (4, 4, 3))


def test_a_long_strip_is_an_error(tmp_path):
    """256 pixels wide it would have 256 * 4 million pixels."""
    strip = file("PNG", "L", (1, 16_000))
    path = tmp_path / "strip.png"
    path.write_bytes(strip)
    assert 256 * 256 * 16_000 > MAX_PIXELS
    with pytest.raises(InputError, match=r"strip\.png' of 1x16000 pixels is too long"):
        read_image(path, (224, 224, 3), 256)
    with pytest.raises(tf.errors.InvalidArgumentError, match="too long"):
        encoded.read(tf.constant(strip), (224, 224, 3), 256)


def test_claimed_size_of_a_jpeg_with_too_many_scans():
    assert claimed_size(many_scans(2, 2000)).numpy().tolist() == [2000, 2000]
    data = many_scans(1600, 2000)
    assert claimed_size(data).numpy().tolist() == [0, 0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="not a whole one"):
        encoded.read(data, (8, 8, 3), None)
