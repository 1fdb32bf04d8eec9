"""Image files that are far larger, decoded, than they seem."""

import io
import struct
import zlib

from PIL import Image


def _chunk(content: bytes) -> bytes:
    check = zlib.crc32(content)
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", check)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG file of about 100 bytes that claims to be so large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(header) + _chunk(b"IDAT" + bytes(50))


def late_header(side: int) -> bytes:
    """A PNG file with a chunk before IHDR, where 1x1 stands in place of the size."""
    stream = io.BytesIO()
    Image.new("L", (side, side)).save(stream, "PNG")
    own = _chunk(b"prVt" + struct.pack(">II", 1, 1) + b"\0")
    return stream.getvalue()[:8] + own + stream.getvalue()[8:]


def many_scans(count: int, side: int) -> bytes:
    """A progressive JPEG file that goes over its pixels so many times more."""
    stream = io.BytesIO()
    Image.new("L", (side, side), 100).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + (count + 1) * data[last:-2] + data[-2:]
