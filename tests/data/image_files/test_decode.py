import io

import numpy as np
import pytest
from PIL import Image

from keras_pod.core.errors import InputError
from keras_pod.data.image_files import decode as module
from tests.data import image_bytes
from tests.data.image_bytes import encode, many_scans, noise, png_claiming

ALL = image_bytes.PNG_AND_JPEG | image_bytes.OTHERS
RGB = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
GREY = np.random.default_rng(1).integers(0, 2**16, (6, 5)).astype(np.uint16)


@pytest.fixture
def decode(tmp_path):
    """decode(data) decodes a file x of these bytes."""

    def decode(data):
        (tmp_path / "x").write_bytes(data)
        return module.decode(tmp_path / "x")

    return decode


def test_every_format_and_only_grey_files_are_grey(decode):
    for name, data in ALL.items():
        image = decode(data)
        grey = "grey" in name or "bits" in name
        assert image.shape == (7, 11, 1 if grey else 3), name
        assert image.dtype == np.uint8
    for kind, options in (("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True})):
        np.testing.assert_array_equal(decode(encode(RGB, kind, **options)), RGB)
    plain = np.full((16, 16, 3), 90, np.uint8)
    for kind in ("JPEG", "GIF"):
        np.testing.assert_allclose(decode(encode(plain, kind)), plain, atol=2)


def test_what_is_dropped(decode):
    """Transparency, the lower of 16 bits, all frames but the first."""
    for mode, channels in (("LA", 1), ("RGBA", 3)):
        image = noise(mode)
        found = decode(encode(image, "PNG"))
        np.testing.assert_array_equal(found, np.asarray(image)[..., :channels])
    np.testing.assert_array_equal(decode(encode(GREY, "PNG"))[..., 0], GREY >> 8)
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    data = encode(first, "GIF", save_all=True, append_images=[second])
    assert Image.open(io.BytesIO(data)).n_frames == 2
    assert decode(data)[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)


def test_the_orientation_is_applied(decode):
    """A camera that was held upright writes 6: to be turned to the right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = np.zeros((8, 16, 3), np.uint8)
    image[:, :8] = 255
    found = decode(encode(image, "JPEG", exif=exif))
    assert found.shape == (16, 8, 3)
    assert found[:6].min() > 200 and found[10:].max() < 50
    damaged = encode(RGB, "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff")
    np.testing.assert_array_equal(decode(damaged), RGB)


def test_files_that_are_not_whole_images(decode, tmp_path):
    cut = [ALL[name][:-60] for name in ("png", "jpeg", "gif", "bmp", "webp")]
    for data in (*cut, b"", b"text", b"\xff\xd8\xff", encode(RGB, "TIFF")):
        message = r"cannot read '.*x': it is not a whole PNG, JPEG, BMP, GIF or W"
        with pytest.raises(InputError, match=message):
            decode(data)
    with pytest.raises(InputError, match=r"gone\.png.*No such file"):
        module.decode(tmp_path / "gone.png")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_too_many_pixels(decode, monkeypatch):
    for side in (10_000, 2**31 - 1):
        with pytest.raises(InputError, match="x' has too many pixels"):
            decode(png_claiming(side, side))
    monkeypatch.setattr(module, "MAX_PIXELS", 30)
    decode(encode(RGB, "PNG"))
    monkeypatch.setattr(module, "MAX_PIXELS", 29)
    with pytest.raises(InputError, match="x' has too many pixels, 5x6"):
        decode(encode(RGB, "PNG"))


def test_a_jpeg_that_is_scanned_again_and_again(decode, monkeypatch):
    data = many_scans(1600, 2000)
    assert len(data) < 2**16
    with pytest.raises(InputError, match="too long to decode"):
        decode(data)
    assert decode(many_scans(30, 64)).shape == (64, 64, 1)
    # Only in JPEG files do these bytes begin a scan.
    monkeypatch.setattr(module, "MAX_SCANNED", 0)
    decode(encode(RGB, "PNG") + b"\xff\xda")
