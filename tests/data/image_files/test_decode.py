import io
import os

import numpy as np
import pytest
from PIL import Image

from keras_pod.core.errors import InputError
from keras_pod.data.image_files import decode as module
from keras_pod.data.image_files.decode import decode, decode_bytes
from tests.data.bombs import late_header, many_scans, png_claiming
from tests.data.image_bytes import OTHERS, PNG_AND_JPEG, encode, noise

ALL = PNG_AND_JPEG | OTHERS
RGB = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
GREY = np.random.default_rng(1).integers(0, 2**16, (6, 5)).astype(np.uint16)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "JPEG", "GIF"])
def test_formats(kind):
    image = np.full((16, 16, 3), 90, np.uint8) if kind in ("JPEG", "GIF") else RGB
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decode_bytes(encode(image, kind, **options), "x")
    np.testing.assert_allclose(found.astype(int), image, atol=0 if image is RGB else 2)


@pytest.mark.parametrize("name", ALL)
def test_only_grey_files_are_grey(name):
    image = decode_bytes(ALL[name], "x")
    grey = "grey" in name or "bits" in name
    assert image.shape == (7, 11, 1 if grey else 3) and image.dtype == np.uint8


def test_what_is_dropped():
    """Transparency, the lower of 16 bits, all frames but the first."""
    for mode, channels in (("LA", 1), ("RGBA", 3)):
        image = noise(mode)
        found = decode_bytes(encode(image, "PNG"), "x")
        np.testing.assert_array_equal(found, np.asarray(image)[..., :channels])
    found = decode_bytes(encode(GREY, "PNG"), "x")
    np.testing.assert_array_equal(found[..., 0], GREY >> 8)
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    for kind in ("GIF", "WEBP"):
        data = encode(first, kind, save_all=True, append_images=[second])
        assert Image.open(io.BytesIO(data)).n_frames == 2
        found = decode_bytes(data, "x")[0, 0].tolist()
        assert found == pytest.approx([255, 0, 0], abs=3)


def test_the_orientation_is_applied():
    """A camera that was held upright writes 6: to be turned to the right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = np.zeros((8, 16, 3), np.uint8)
    image[:, :8] = 255
    for kind in ("JPEG", "PNG", "WEBP"):
        found = decode_bytes(encode(image, kind, exif=exif), "x")
        assert found.shape == (16, 8, 3)
        assert found[:6].min() > 200 and found[10:].max() < 50
    damaged = encode(RGB, "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff")
    np.testing.assert_array_equal(decode_bytes(damaged, "x"), RGB)


def test_files_that_are_not_whole_images(tmp_path):
    path = tmp_path / "a.png"
    cut = [ALL[name][:-60] for name in ("png", "jpeg", "gif", "bmp", "webp")]
    begun = [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM"]
    for data in (*cut, *begun, b"RIFF", encode(RGB, "TIFF")):
        path.write_bytes(data)
        message = r"cannot read '.*a\.png': it is not a whole PNG, JPEG, BMP, GIF or W"
        with pytest.raises(InputError, match=message):
            decode(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"gone\.png.*No such file"):
        decode(tmp_path / "gone.png")
    # A pipe is not waited for.
    os.mkfifo(tmp_path / "x.png")
    for path in (tmp_path, tmp_path / "x.png"):
        with pytest.raises(InputError, match="it is not a regular file"):
            decode(path)


def small_screen(side):
    """A GIF file of one square frame whose header says 1x1."""
    data = encode(Image.new("P", (side, side)), "GIF")
    return data[:6] + b"\1\0\1\0" + data[10:]


BMP = b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + 2 * (20_000).to_bytes(4, "little")


@pytest.mark.parametrize(
    "data",
    [
        png_claiming(10_000, 10_000),
        png_claiming(2**31 - 1, 2**31 - 1),
        png_claiming(1, 90_000_000),
        BMP + b"\1\0\x18\0" + bytes(24),
        small_screen(15_000),
    ],
    ids=["png", "huge png", "strip", "bmp", "gif"],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_too_many_pixels(data):
    with pytest.raises(InputError, match="'x' has too many pixels"):
        decode_bytes(data, "x")


def test_the_limits_are_exact(monkeypatch):
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        monkeypatch.setattr(module, "MAX_PIXELS", 30)
        decode_bytes(encode(RGB, kind), "x")
        monkeypatch.setattr(module, "MAX_PIXELS", 29)
        with pytest.raises(InputError, match="'x' has too many pixels, 5x6"):
            decode_bytes(encode(RGB, kind), "x")
    # A PNG whose header is not first counts as large as it is.
    monkeypatch.setattr(module, "MAX_PIXELS", 2499)
    with pytest.raises(InputError, match="too many pixels, 50x50"):
        decode_bytes(late_header(50), "x")
    monkeypatch.undo()
    assert decode_bytes(late_header(50), "x").shape == (50, 50, 1)
    assert module.MAX_PIXELS == Image.MAX_IMAGE_PIXELS == 89_478_485


def test_a_jpeg_that_is_scanned_again_and_again(monkeypatch):
    data = many_scans(1600, 2000)
    assert len(data) < 2**16
    with pytest.raises(InputError, match="too long to decode"):
        decode_bytes(data, "x")
    data = many_scans(30, 64)
    scans = data.count(b"\xff\xda")
    assert scans > 30
    work = scans * (64 * 64 + 4096)
    monkeypatch.setattr(module, "MAX_SCANNED", work)
    assert decode_bytes(data, "x").shape == (64, 64, 1)
    monkeypatch.setattr(module, "MAX_SCANNED", work - 1)
    with pytest.raises(InputError, match=f"'x' has {scans} scans of 64x64 pixels"):
        decode_bytes(data, "x")
    # Only in JPEG files do these bytes begin a scan.
    monkeypatch.setattr(module, "MAX_SCANNED", 0)
    decode_bytes(encode(RGB, "PNG") + b"\xff\xda", "x")
