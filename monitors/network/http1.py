"""HTTP/1.1 of one exchange (RFC 9112), written and read strictly over any source of bytes. Pure.

What is doubtful is malformed, never guessed at. Nothing is kept that the caller does not want; how much
may come at all is the source's to say.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Read = Callable[[], Awaitable[bytes]]

TOKEN = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
TARGET = re.compile(rb"[\x21-\x7e]+")
# What servers send in practice and what cannot be mistaken for a delimiter: no NUL, no other white space.
UNFIT = re.compile(rb"[\x00\n\r\x0b\x0c]")
STATUS_LINE = re.compile(rb"HTTP/[0-9]\.[0-9] ([0-9]{3})(?: [^\x00\n\r\x0b\x0c]*)?")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;.*)?[ \t]*")
LENGTH = re.compile(r"[0-9]{1,20}")
BLANK_LINE = re.compile(rb"\n\r?\n")
SWITCHING_PROTOCOLS = 101
BODILESS = {204, 304}


class Malformed(Exception):
    """What came is not HTTP."""


class BrokenOff(Exception):
    """The other side ended before its answer was complete."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers: names in lower case, repeated ones joined by ", " (RFC 9110 5.3)."""

    status: int
    headers: Mapping[str, str]


@dataclass(slots=True)
class Body:
    """What is kept of a body. `most` bytes are enough, and so are `pieces` pieces of any size."""

    most: int
    pieces: int
    kept: bytearray = field(default_factory=bytearray)

    @property
    def enough(self) -> bool:
        """Whether nothing more is wanted."""
        return self.pieces <= 0 or len(self.kept) >= self.most

    def add(self, piece: bytes | bytearray) -> None:
        """Keep what fits."""
        self.kept += piece[: self.most - len(self.kept)]
        self.pieces -= 1


def request(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of a request (RFC 9112 3). Raises ValueError for what would be another request."""
    line, fields = method.encode(), [(name.encode(), value.encode()) for name, value in headers]
    if not TOKEN.fullmatch(line) or not TARGET.fullmatch(target.encode()):
        raise ValueError("This is no request line.")
    for name, value in fields:
        if not TOKEN.fullmatch(name) or UNFIT.search(value) or value != value.strip(b" \t"):
            raise ValueError("This is no header.")
    lines = [b"%s %s HTTP/1.1" % (line, target.encode()), *(b"%s: %s" % pair for pair in fields)]
    return b"\r\n".join([*lines, b"", b""])


class Incoming:
    """An answer while it comes in. `read` gives some bytes, and none at the end."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._data = bytearray()

    async def head(self) -> Head:
        """The head of the answer; interim ones (RFC 9110 15.2) are passed over.

        Raises Malformed and BrokenOff, as does `body`.
        """
        while True:
            head = _head(await self._lines(visible=True))
            if head.status >= 200:
                return head
            if head.status < 100 or head.status == SWITCHING_PROTOCOLS:
                raise Malformed

    async def body(self, method: str, head: Head, body: Body) -> bytes:
        """What belongs to that head (RFC 9112 6.3), as far as `body` wants it."""
        if method == "HEAD" or head.status in BODILESS:
            return b""
        if "transfer-encoding" in head.headers:
            await self._chunks(body)
        elif (length := head.headers.get("content-length")) is not None:
            await self._take_in(_length(length), body)
        else:
            await self._rest(body)
        return bytes(body.kept)

    async def _chunks(self, body: Body) -> None:
        while not body.enough:
            size = await self._chunk_size()
            if size == 0:
                _fields(await self._lines())  # trailers
                return
            await self._take_in(size, body)
            if not body.enough:
                await self._end_of_chunk()

    async def _chunk_size(self) -> int:
        searched = 0
        while (end := self._data.find(b"\r\n", searched)) < 0:
            searched = max(0, len(self._data) - 1)
            await self._more()
        match = CHUNK_LINE.fullmatch(self._take(end + 2)[:-2])
        if match is None:
            raise Malformed
        return int(match[1], 16)

    async def _end_of_chunk(self) -> None:
        while len(self._data) < 2 and b"\r".startswith(self._data):
            await self._more()
        if self._take(2) != b"\r\n":
            raise Malformed

    async def _take_in(self, left: int, body: Body) -> None:
        while left and not body.enough:
            if not self._data:
                await self._more()
            piece = self._take(left)
            left -= len(piece)
            body.add(piece)

    async def _rest(self, body: Body) -> None:
        while not body.enough:
            if not self._data and not await self._more_or_end():
                return
            body.add(self._take(len(self._data)))

    async def _lines(self, visible: bool = False) -> list[bytearray]:
        """The lines up to an empty one. With `visible`, they cannot begin with a control character."""
        searched = 0
        while True:
            if self._data.startswith((b"\n", b"\r\n")):
                return []
            if match := BLANK_LINE.search(self._data, searched):
                lines = self._take(match.end()).split(b"\n")[:-2]
                return [line[:-1] if line.endswith(b"\r") else line for line in lines]
            if visible and self._data and self._data[0] <= 0x20:
                raise Malformed
            searched = max(0, len(self._data) - 2)
            await self._more()

    def _take(self, count: int) -> bytearray:
        taken = self._data[:count]
        del self._data[:count]
        return taken

    async def _more(self) -> None:
        if not await self._more_or_end():
            raise BrokenOff

    async def _more_or_end(self) -> bool:
        data = await self._read()
        self._data += data
        return bool(data)


def _head(lines: Sequence[bytearray]) -> Head:
    match = STATUS_LINE.fullmatch(lines[0]) if lines else None
    if match is None:
        raise Malformed
    fields = _fields(lines[1:])
    if fields.get("transfer-encoding", "chunked").lower() != "chunked":
        raise Malformed
    if "content-length" in fields:
        _length(fields["content-length"])
    return Head(int(match[1]), fields)


def _fields(lines: Iterable[bytearray]) -> dict[str, str]:
    """The header fields of unfolded or folded lines (RFC 9112 5)."""
    said: dict[str, list[str]] = {}
    for line in _unfolded(lines):
        name, colon, value = line.partition(b":")
        if not colon or not TOKEN.fullmatch(name) or UNFIT.search(value):
            raise Malformed
        said.setdefault(name.decode().lower(), []).append(value.strip(b" \t").decode("latin-1"))
    return {name: ", ".join(values) for name, values in said.items()}


def _unfolded(lines: Iterable[bytearray]) -> list[bytearray]:
    whole: list[bytearray] = []
    for line in lines:
        if not line.startswith((b" ", b"\t")):
            whole.append(line)
        elif whole:
            # In place: folds without end must not be copied again each time.
            whole[-1] += b" " + line.lstrip(b" \t")
        else:
            raise Malformed
    return whole


def _length(text: str) -> int:
    """A Content-Length, which may be said several times if it is the same (RFC 9112 6.3)."""
    lengths = {length.strip(" \t") for length in text.split(",")}
    length = lengths.pop()
    if lengths or not LENGTH.fullmatch(length):
        raise Malformed
    return int(length)
