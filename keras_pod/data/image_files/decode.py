"""Image files decoded by Pillow; those that would take too much are refused.

`in_graph` has the same for PNG and JPEG files within a TensorFlow graph.
"""

import contextlib
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from keras_pod.core.errors import InputError

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")

# They take 256 MiB as RGB; Pillow begins to warn there. A file of a few kB can claim
# to be far more.
MAX_PIXELS = 2**28 // 3

# A JPEG file may go over its pixels again and again, in scans of some bytes each. As
# many pixels of all scans take a second or two; each scan counts as a few more.
MAX_SCANNED, SCAN = 2**31, 4096
JPEG_BEGIN, JPEG_SCAN = b"\xff\xd8\xff", b"\xff\xda"


def decode(path: Path) -> np.ndarray:
    """Return one image file as uint8 (h, w, 1) or (h, w, 3).

    Transparency is dropped, the orientation that a camera wrote into the file is
    applied, and of an animation the first frame is taken.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from error
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_work(image, data, path)
            image.load()
            # An image whose notes on itself are damaged is still an image.
            with contextlib.suppress(Exception):
                ImageOps.exif_transpose(image, in_place=True)
            if image.mode.startswith("I;16"):
                # Pillow would make all values above 255 white.
                return (np.asarray(image) >> 8).astype(np.uint8)[..., None]
            grey = image.mode in ("1", "L", "LA")
            pixels = np.asarray(image.convert("L" if grey else "RGB"))
            return pixels[..., None] if grey else pixels
    except (InputError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"'{path}' has too many pixels: {error}") from error
    # Each of Pillow's formats has its own ways to fail.
    except Exception as error:
        unknown = isinstance(error, Image.UnidentifiedImageError)
        raise InputError(
            f"cannot read '{path}': it is not a whole PNG, JPEG, BMP, GIF or WebP "
            f"image{'' if unknown else f' ({error})'}"
        ) from error


def _check_work(image: Image.Image, data: bytes, path: Path) -> None:
    """Raise InputError if an opened image would take too much to decode."""
    size, pixels = f"{image.width}x{image.height}", image.width * image.height
    if pixels > MAX_PIXELS:
        raise InputError(
            f"'{path}' has too many pixels, {size}; at most "
            f"{MAX_PIXELS / 1e6:.0f} million are read"
        )
    scans = data.count(JPEG_SCAN) if data.startswith(JPEG_BEGIN) else 0
    if scans * (pixels + SCAN) > MAX_SCANNED:
        raise InputError(
            f"'{path}' has {scans} scans of {size} pixels, which would take too long "
            "to decode; save it again as a usual JPEG file"
        )
