import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_pod.data import read_image
from keras_pod.data.image_files import in_graph
from keras_pod.data.image_files.decode import decode
from tests.data.image_bytes import (
    OTHERS,
    PNG_AND_JPEG,
    encode,
    late_header,
    many_scans,
    noise,
    png_claiming,
)

FILE = [tf.TensorSpec((), tf.string)]


@pytest.mark.parametrize(
    ("shape", "side"), [((7, 11, 3), None), ((5, 16, 1), None), ((6, 6, 3), 8)], ids=str
)
def test_the_pixels_are_those_of_read_image(shape, side, tmp_path):
    # An exported model has such a graph.
    read = tf.function(lambda file: in_graph.read(file, shape, side), FILE)
    for name, data in PNG_AND_JPEG.items():
        (tmp_path / name).write_bytes(data)
        expected = read_image(tmp_path / name, shape, side)
        # Four colours of a printer become three with another rounding.
        atol = 1 if name == "cmyk jpeg" else 0
        found = read(data).numpy().astype(int)
        np.testing.assert_allclose(found, expected, atol=atol, err_msg=name)


@pytest.mark.parametrize("endian", ["<", ">"])
def test_the_orientation_is_applied_as_pillow_does(endian, tmp_path):
    @tf.function(input_signature=FILE)
    def upright(file):
        return in_graph.upright(in_graph.decode(file), in_graph.orientation(file))

    for orientation in (0, *range(1, 9), 9, 256):
        exif = Image.Exif()
        exif.endian = endian
        exif[0x010E] = "a picture"
        exif[0x0112] = orientation
        data = encode(noise(), "JPEG", exif=exif.tobytes())
        assert (b"Exif\0\0II*" in data) == (endian == "<")
        (tmp_path / "x").write_bytes(data)
        np.testing.assert_array_equal(upright(data), decode(tmp_path / "x"))
    # After a PNG file these bytes mean nothing.
    assert in_graph.orientation(encode(noise(), "PNG") + exif.tobytes()) == 1
    cut = encode(noise(), "JPEG", exif=exif.tobytes()[:-12])
    assert upright(cut).shape == (7, 11, 3)


def test_claimed_size():
    for data in PNG_AND_JPEG.values():
        assert in_graph.claimed_size(data).numpy().tolist() == [7, 11]
    for data in (b"", b"B", b"text", late_header(50), *OTHERS.values()):
        assert in_graph.claimed_size(data).numpy().tolist() == [0, 0]


def test_bad_files_are_errors():
    read = tf.function(lambda file: in_graph.read(file, (4, 4, 3), None), FILE)
    for data, message in [
        (b"text", "not a PNG or JPEG"),
        (late_header(50), "not a PNG or JPEG"),
        (png_claiming(20_000, 20_000), "too many pixels"),
        (PNG_AND_JPEG["png"][:-40], "Invalid PNG"),
        (PNG_AND_JPEG["jpeg"][:-60], "Invalid JPEG"),
        (b"\xff\xd8\xff", "Invalid JPEG"),
        (many_scans(1600, 2000), "not a whole one"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            read(tf.constant(data))
