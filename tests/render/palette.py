"""A screenshot of few colours as a PNG with a palette: half the bytes, and no shade that is seen lost."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 3
_LEFT, _ABOVE, _AVERAGE, _PAETH = 1, 2, 3, 4


def with_palette(png: bytes) -> bytes:
    """The same picture (8 bits, RGB, not interlaced); alike colours become the most frequent of them."""
    parts = dict.fromkeys(("IHDR", "IDAT"), b"")
    for kind, content in _chunks(png):
        parts[kind] = parts.get(kind, b"") + content
    width, height, depth, colours = struct.unpack(">IIBB", parts["IHDR"][:10])
    assert (depth, colours) == (8, 2)
    rows = list(_rows(zlib.decompress(parts["IDAT"]), width * _RGB))
    counted = Counter(row[at : at + _RGB] for row in rows for at in range(0, len(row), _RGB))
    alike: dict[tuple[int, ...], bytes] = {}
    for colour, _count in counted.most_common():
        alike.setdefault(_bucket(colour), colour)
    palette = list(alike.values())
    assert len(palette) <= 256
    index = {colour: palette.index(alike[_bucket(colour)]) for colour in counted}
    lines = b"".join(
        b"\0" + bytes(index[row[at : at + _RGB]] for at in range(0, len(row), _RGB)) for row in rows
    )
    return _SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _bucket(colour: bytes) -> tuple[int, ...]:
    return tuple(part >> 4 for part in colour)


def _chunks(png: bytes) -> Iterator[tuple[str, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8].decode(), png[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _rows(raw: bytes, size: int) -> Iterator[bytes]:
    """The rows without their filters (PNG, section 9)."""
    above = bytearray(size)
    for start in range(0, len(raw), size + 1):
        filtered, row = raw[start], bytearray(raw[start + 1 : start + 1 + size])
        for at in range(size):
            left, corner = (row[at - _RGB], above[at - _RGB]) if at >= _RGB else (0, 0)
            row[at] = (row[at] + _guess(filtered, left, above[at], corner)) & 255
        yield bytes(row)
        above = row


def _guess(filtered: int, left: int, above: int, corner: int) -> int:
    if filtered == _PAETH:
        far = left + above - corner
        return min((left, above, corner), key=lambda known: abs(far - known))
    return {_LEFT: left, _ABOVE: above, _AVERAGE: (left + above) // 2}.get(filtered, 0)
