import struct

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data import read_image
from keras_pod.data.pixels import MAX_PIXELS, check_pixels
from keras_pod.errors import InputError

SIDE = 20_000
IMAGE = np.zeros((3, 4, 3), np.uint8)


def bmp(height):
    return b"BM" + bytes(16) + struct.pack("<ii", SIDE, height) + bytes(40)


def jpeg():
    data = tf.io.encode_jpeg(IMAGE).numpy()
    begin = data.index(b"\xff\xc0") + 5
    return data[:begin] + struct.pack(">HH", SIDE, SIDE) + data[begin + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", SIDE, SIDE),
        b"GIF89a" + struct.pack("<HH", SIDE, SIDE),
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
    monkeypatch.setattr("keras_pod.data.pixels.MAX_PIXELS", 12)
    check_pixels(encode(IMAGE).numpy(), "x")
    monkeypatch.setattr("keras_pod.data.pixels.MAX_PIXELS", 11)
    with pytest.raises(InputError):
        check_pixels(encode(IMAGE).numpy(), "x")


@pytest.mark.parametrize("data", [b"", b"BM", b"GIF8", b"\xff\xd8\xff", b"text"])
def test_what_is_broken_is_left_to_the_decoder(data):
    check_pixels(data, "x")


def test_the_limit():
    assert MAX_PIXELS == 89_478_485
