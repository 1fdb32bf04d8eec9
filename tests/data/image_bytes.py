"""Image files of every format and mode that is read, and such as are refused."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

RNG = np.random.default_rng(0)


def encode(image: Image.Image | np.ndarray, kind: str, **options) -> bytes:
    """An image, or its pixels (h, w) or (h, w, c), as a file of that kind."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def noise(mode: str = "RGB") -> Image.Image:
    """11 x 7 random pixels in one of Pillow's modes."""
    pixels = RNG.integers(0, 256, (7, 11, len(mode))).astype("uint8")
    if mode == "P":
        return Image.fromarray(pixels[..., 0]).convert("RGB").quantize(20)
    return Image.fromarray(pixels[..., 0] if len(mode) == 1 else pixels, mode)


# In formats that are served too.
PNG_AND_JPEG = {
    "png": encode(noise(), "PNG"),
    "grey png": encode(noise("L"), "PNG"),
    "png with alpha": encode(noise("RGBA"), "PNG"),
    "png with a palette": encode(noise("P"), "PNG"),
    "png with a clear colour": encode(noise("P"), "PNG", transparency=0),
    "png of bits": encode(noise("L").convert("1"), "PNG"),
    "png of 16 bits": encode(RNG.integers(0, 2**16, (7, 11)).astype("uint16"), "PNG"),
    "jpeg": encode(noise(), "JPEG"),
    "progressive jpeg": encode(noise(), "JPEG", progressive=True),
    "grey jpeg": encode(noise("L"), "JPEG"),
    "cmyk jpeg": encode(noise("CMYK"), "JPEG"),
}
OTHERS = {
    "gif": encode(noise("P"), "GIF"),
    "bmp": encode(noise(), "BMP"),
    "webp": encode(noise(), "WEBP", lossless=True),
}


def _chunk(content: bytes) -> bytes:
    check = zlib.crc32(content)
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", check)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG file of about 100 bytes that claims to be so large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(header) + _chunk(b"IDAT" + bytes(50))


def late_header(side: int) -> bytes:
    """A PNG file with a chunk before IHDR, where 1x1 stands in place of the size."""
    data = encode(np.zeros((side, side), "uint8"), "PNG")
    return data[:8] + _chunk(b"prVt" + struct.pack(">II", 1, 1) + b"\0") + data[8:]


def many_scans(count: int, side: int) -> bytes:
    """A progressive JPEG file that goes over its pixels so many times more."""
    data = encode(np.full((side, side), 100, "uint8"), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + (count + 1) * data[last:-2] + data[-2:]
