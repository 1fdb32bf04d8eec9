"""Image files of every format and mode that is read, as bytes."""

import io

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


def noise(mode: str = "RGB", size: tuple[int, int] = (11, 7)) -> Image.Image:
    """Random pixels in one of Pillow's modes."""
    pixels = RNG.integers(0, 256, (size[1], size[0], len(mode))).astype("uint8")
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
    "webp with alpha": encode(noise("RGBA"), "WEBP", lossless=True),
}
