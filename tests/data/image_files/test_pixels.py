import struct

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import read_image
from keras_pod.data.image_files.pixels import MAX_PIXELS, check_pixels
from tests.data.bombs import film, late_header, many_scans, small_screen

SIDE = 20_000
IMAGE = np.zeros((3, 4, 3), np.uint8)


def bmp(height):
    return b"BM" + bytes(16) + struct.pack("<ii", SIDE, height) + bytes(40)


def gif(side):
    """No whole image, but its blocks are."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\2\1\0\0"
    return b"GIF89a" + bytes(7) + frame + b";"


def jpeg():
    data = tf.io.encode_jpeg(IMAGE).numpy()
    begin = data.index(b"\xff\xc0") + 5
    return data[:begin] + struct.pack(">HH", SIDE, SIDE) + data[begin + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", SIDE, SIDE),
        gif(SIDE),
        bmp(SIDE),
        bmp(-SIDE),
        jpeg(),
    ],
    ids=["png", "gif", "bmp", "bmp downwards", "jpeg"],
)
def test_too_many_pixels(data, tmp_path):
    with pytest.raises(InputError, match="'x' claims to be 20000x20000 .* 89 million"):
        check_pixels(data, "x")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.png' claims"):
        read_image(path, (8, 8, 3))


@pytest.mark.parametrize("encode", [tf.io.encode_png, tf.io.encode_jpeg])
def test_as_many_as_allowed(encode, monkeypatch):
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_PIXELS", 12)
    check_pixels(encode(IMAGE).numpy(), "x")
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_PIXELS", 11)
    with pytest.raises(InputError):
        check_pixels(encode(IMAGE).numpy(), "x")


@pytest.mark.parametrize("data", [b"", b"BM", b"GIF8", b"\xff\xd8\xff", b"text"])
def test_what_claims_nothing_is_refused(data):
    with pytest.raises(InputError, match="cannot read 'x': it is not a whole PNG"):
        check_pixels(data, "x")


def test_the_size_of_a_gif_is_that_of_its_frames(monkeypatch):
    """TensorFlow allocates these, not what the file's header says."""
    data = small_screen(20)
    assert tf.io.decode_image(data, expand_animations=False).shape == (20, 20, 3)
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_PIXELS", 400)
    check_pixels(data, "x")
    check_pixels(film(1, 20), "x")
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_PIXELS", 399)
    with pytest.raises(InputError, match="'x' claims to be 20x20 pixels"):
        check_pixels(data, "x")


def test_all_frames_of_a_gif_count(monkeypatch):
    check_pixels(film(10, 20), "x")
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_PIXELS", 3999)
    with pytest.raises(InputError, match="'x' claims to be 20x200 pixels"):
        check_pixels(film(10, 20), "x")


def test_a_film_of_a_few_kb_that_would_take_hundreds_of_mb():
    data = film(10, 3000)
    assert len(data) < 2**17
    with pytest.raises(InputError, match="'x' claims to be 3000x30000 pixels"):
        check_pixels(data, "x")


@pytest.mark.parametrize("left_out", [1, 2, 30, 100])
def test_a_film_that_is_cut_short(left_out):
    data = film(3, 20)
    assert tf.io.decode_image(data[:-left_out], expand_animations=False) is not None
    with pytest.raises(InputError, match="'x': it is not a whole"):
        check_pixels(data[:-left_out], "x")


def test_an_empty_block_of_a_gif():
    """TensorFlow takes what follows for a block of the same extension."""
    data = film(1, 20)
    begin = data.index(b",")
    with pytest.raises(InputError, match="'x': it is not a whole"):
        check_pixels(data[:begin] + b"!\xfe\0" + data[begin:], "x")


def test_a_png_whose_header_is_not_first():
    data = late_header(2000)
    assert tf.io.decode_image(data).shape == (2000, 2000, 1)
    with pytest.raises(InputError, match="'x': it is not a whole"):
        check_pixels(data, "x")


def test_a_jpeg_that_is_scanned_again_and_again(monkeypatch):
    data = many_scans(30, 64)
    assert tf.io.decode_image(data).shape == (64, 64, 1)
    scans = data.count(b"\xff\xda")
    assert scans > 30
    work = scans * (64 * 64 + 4096)
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_SCANNED", work)
    check_pixels(data, "x")
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_SCANNED", work - 1)
    with pytest.raises(InputError, match=f"'x' has {scans} scans of 64x64 pixels"):
        check_pixels(data, "x")


def test_a_jpeg_of_a_few_kb_that_would_take_many_seconds():
    data = many_scans(1600, 2000)
    assert len(data) < 2**16
    with pytest.raises(InputError, match="too long to decode"):
        check_pixels(data, "x")


def test_other_files_may_hold_the_bytes_of_a_scan(monkeypatch):
    monkeypatch.setattr("keras_pod.data.image_files.pixels.MAX_SCANNED", 0)
    check_pixels(tf.io.encode_png(IMAGE).numpy() + b"\xff\xda", "x")


def test_the_limit():
    assert MAX_PIXELS == 89_478_485
