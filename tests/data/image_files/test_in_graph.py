import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_pod.core.errors import InputError
from keras_pod.data import read_image
from keras_pod.data.image_files import in_graph
from keras_pod.data.image_files.decode import MAX_PIXELS, decode_bytes
from tests.data.bombs import late_header, many_scans, png_claiming
from tests.data.image_bytes import OTHERS, PNG_AND_JPEG, encode, noise


@pytest.fixture(
    scope="module",
    params=[((7, 11, 3), None), ((5, 16, 3), None), ((4, 4, 1), None), ((6, 6, 3), 8)],
    ids=str,
)
def reader(request):
    """A shape with the graph that reads files to it, as an exported model has it."""
    shape, side = request.param
    spec = [tf.TensorSpec((), tf.string)]
    read = tf.function(lambda file: in_graph.read(file, shape, side), spec)
    return shape, side, read


@pytest.mark.parametrize("name", PNG_AND_JPEG)
def test_the_pixels_are_those_of_read_image(name, reader, tmp_path):
    shape, side, read = reader
    path = tmp_path / "image"
    path.write_bytes(PNG_AND_JPEG[name])
    expected = read_image(path, shape, side)
    # Four colours of a printer become three with another rounding.
    atol = 1 if name == "cmyk jpeg" else 0
    found = read(PNG_AND_JPEG[name]).numpy()
    np.testing.assert_allclose(found.astype(int), expected, atol=atol)


@pytest.fixture(scope="module")
def upright():
    def read(file):
        return in_graph.upright(in_graph.decode(file), in_graph.orientation(file))

    return tf.function(read, [tf.TensorSpec((), tf.string)])


@pytest.mark.parametrize("endian", ["<", ">"])
@pytest.mark.parametrize("orientation", [0, *range(1, 9), 9, 256])
def test_the_orientation_is_applied_as_pillow_does(upright, orientation, endian):
    exif = Image.Exif()
    exif.endian = endian
    exif[0x010E] = "a picture"
    exif[0x0112] = orientation
    data = encode(noise(), "JPEG", exif=exif.tobytes())
    assert (b"Exif\0\0II*" in data) == (endian == "<")
    np.testing.assert_array_equal(upright(data), decode_bytes(data, "x"))


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(100),
        b"Exif\0\0II*\0\xff\xff\xff\xff\x01\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12",
    ],
)
def test_damaged_exif_data_are_ignored(upright, exif):
    image = noise()
    data = encode(image, "JPEG", exif=exif) if exif else encode(image, "JPEG")
    assert in_graph.orientation(data) == 1
    assert upright(data).shape == (7, 11, 3)
    # In a PNG file they are of another form.
    assert in_graph.orientation(encode(image, "PNG") + exif) == 1


@pytest.mark.parametrize("name", PNG_AND_JPEG)
def test_claimed_size(name):
    assert in_graph.claimed_size(PNG_AND_JPEG[name]).numpy().tolist() == [7, 11]


@pytest.mark.parametrize(
    "data", [b"", b"B", b"text", late_header(50), *OTHERS.values()]
)
def test_other_files_claim_nothing(data):
    assert in_graph.claimed_size(data).numpy().tolist() == [0, 0]


BAD = {
    "nothing": (b"", "not a PNG or JPEG"),
    "text": (b"text", "not a PNG or JPEG"),
    "gif": (OTHERS["gif"], "not a PNG or JPEG"),
    "too many pixels": (png_claiming(20_000, 20_000), "too many pixels"),
    "cut png": (PNG_AND_JPEG["png"][:-40], "Invalid PNG"),
    "cut jpeg": (PNG_AND_JPEG["jpeg"][:-60], "Invalid JPEG"),
    "jpeg without an end": (b"\xff\xd8\xff", "Invalid JPEG"),
    "png whose header is not first": (late_header(50), "not a PNG or JPEG"),
    "jpeg of many scans": (many_scans(1600, 2000), "not a whole one"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_errors(name):
    data, message = BAD[name]
    read = tf.function(lambda file: in_graph.read(file, (4, 4, 3), None))
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        read(tf.constant(data))


def test_a_long_strip_is_an_error(tmp_path):
    """256 pixels wide it would have 256 * 4 million pixels."""
    strip = encode(noise("L", (1, 16_000)), "PNG")
    path = tmp_path / "strip.png"
    path.write_bytes(strip)
    assert 256 * 256 * 16_000 > MAX_PIXELS
    with pytest.raises(InputError, match=r"strip\.png' of 1x16000 pixels is too long"):
        read_image(path, (224, 224, 3), 256)
    with pytest.raises(tf.errors.InvalidArgumentError, match="too long"):
        in_graph.read(tf.constant(strip), (224, 224, 3), 256)
