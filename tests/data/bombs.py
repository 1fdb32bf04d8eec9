"""Image files that are far larger, decoded, than they seem."""

import io
import struct
import zlib

from PIL import Image


def film(frames: int, side: int) -> bytes:
    """A GIF file of so many square frames, none like the one before it."""
    stream = io.BytesIO()
    first, *others = (Image.new("P", (side, side), i % 2) for i in range(frames))
    for image in (first, *others):
        image.putpalette([0, 0, 0, 255, 255, 255])
    first.save(stream, "GIF", save_all=True, append_images=others)
    return stream.getvalue()


def small_screen(side: int) -> bytes:
    """A GIF file of one square frame whose header says 1x1."""
    data = film(1, side)
    return data[:6] + struct.pack("<HH", 1, 1) + data[10:]


def late_header(side: int) -> bytes:
    """A PNG file with a chunk before IHDR, where 1x1 stands in place of the size."""
    stream = io.BytesIO()
    Image.new("L", (side, side)).save(stream, "PNG")
    own = b"prVt" + struct.pack(">II", 1, 1) + b"\0"
    chunk = struct.pack(">I", 9) + own + struct.pack(">I", zlib.crc32(own))
    return stream.getvalue()[:8] + chunk + stream.getvalue()[8:]


def many_scans(count: int, side: int) -> bytes:
    """A progressive JPEG file that goes over its pixels so many times more."""
    stream = io.BytesIO()
    Image.new("L", (side, side), 100).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + (count + 1) * data[last:-2] + data[-2:]
