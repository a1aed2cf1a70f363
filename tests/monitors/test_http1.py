"""What is HTTP and what is not: the same judgement as h11, however the bytes are cut."""

from collections.abc import Coroutine, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.network.http1 import Body, BrokenOff, Incoming, Malformed, request

T = TypeVar("T")
# Ours and h11's: what became of an answer.
Verdict = tuple[str, int, dict[str, str], bytes]
MALFORMED: Verdict = ("malformed", 0, {}, b"")
BROKEN_OFF: Verdict = ("broken off", 0, {}, b"")
FRAMING = {"content-length", "transfer-encoding"}
ENOUGH = 1_000_000


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("It waits.")


def incoming(parts: Sequence[bytes]) -> Incoming:
    waiting = [part for part in parts if part]

    async def read() -> bytes:
        return waiting.pop(0) if waiting else b""

    return Incoming(read)


async def read_whole(parts: Sequence[bytes], method: str) -> Verdict:
    answer = incoming(parts)
    head = await answer.head()
    body = await answer.body(method, head, Body(ENOUGH, ENOUGH))
    return "answer", head.status, _without_framing(head.headers.items()), body


def ours(parts: Sequence[bytes], method: str) -> Verdict:
    try:
        return finished(read_whole(parts, method))
    except Malformed:
        return MALFORMED
    except BrokenOff:
        return BROKEN_OFF


def theirs(parts: Sequence[bytes], method: str) -> Verdict:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=ENOUGH)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "example.com")]))
    connection.send(h11.EndOfMessage())
    waiting = [part for part in parts if part]
    ended = False
    status, headers, body = 0, {}, b""
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                ended = not waiting
                if ended and connection.their_state is h11.SEND_RESPONSE:
                    return BROKEN_OFF
                connection.receive_data(waiting.pop(0) if waiting else b"")
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = _without_framing(
                    (name.decode(), value.decode("latin-1")) for name, value in event.headers
                )
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return "answer", status, headers, body
    except h11.RemoteProtocolError:
        return BROKEN_OFF if ended else MALFORMED


def _without_framing(headers: Any) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, value in headers:
        if name not in FRAMING:
            said[name] = f"{said[name]}, {value}" if name in said else value
    return said


# Fragments of answers, good, doubtful and bad; a mutation of some bytes makes more of each.
STATUS_LINES = (
    *(b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 404", b"HTTP/1.1 204 None", b"HTTP/1.1 304 "),
    *(b"HTTP/1.1 100 Continue", b"HTTP/1.1 101 Switching", b"HTTP/1.1 103 Hints", b"HTTP/1.1 999 \xe9\x01"),
    *(b"HTTP/1.1 099 Low", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"http/1.1 200 OK", b"HTTP/11 200 OK"),
    *(b"HTTP/1.1  200 OK", b"HTTP/1.1 200\tOK", b"ICY 200 OK", b"HTTP/2.0 200 OK", b" HTTP/1.1 200 OK", b""),
)
FIELDS = (
    *(b"A: b", b"a:c", b"A:   spaced out\t ", b"A:", b"A: \xff\x01", b"A: b\x00c", b"A: b\x0cc", b"A: b\rc"),
    *(b"A : b", b": b", b"A", b"A\xe9: b", b" folded", b"\t folded again ", b"   "),
    *(b"Content-Length: 5", b"Content-Length: 05", b"Content-Length: 5, 5", b"Content-Length: 5,6"),
    *(b"Content-Length: 0", b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: 5 5"),
    *(b"Content-Length:", b"Content-Length: \xb25", b"Content-Length: " + b"9" * 21, b"Content-Length: 7"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: CHUNKED", b"Transfer-Encoding: gzip, chunked"),
    *(b"Transfer-Encoding: identity", b"Transfer-Encoding:", b"Transfer-Encoding: chunked\x0b"),
)
BODIES = (
    *(b"", b"hello", b"hello world", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0;x\r\nT: u\r\n\r\n"),
    *(
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5 \t\r\nhello\r\n0\r\n\r\n",
    ),
    *(
        b"g\r\n",
        b"-5\r\nhello",
        b"0x5\r\nhello",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"0\r\nbad trailer\r\n\r\n",
    ),
    *(
        b"00000000000000000000005\r\n",
        b"5\r\nhel",
        b"0\r\n",
        b"0\r\n\n",
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nmore",
    ),
)
GOOD_STATUS_LINES = (b"HTTP/1.1 200 OK", b"HTTP/1.1 500 Internal Server Error", b"HTTP/1.0 301 Moved")
GOOD_FIELDS = (b"A: b", b"Content-Length: 5", b"Transfer-Encoding: chunked", b"a:c", b" folded")
ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n")


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer as a server might send it, or almost."""
    heads = b""
    for _head in range(draw(st.integers(1, 3))):
        fields = st.sampled_from(GOOD_FIELDS) | st.sampled_from(FIELDS)
        status_line = draw(st.sampled_from(GOOD_STATUS_LINES) | st.sampled_from(STATUS_LINES))
        lines = [status_line, *draw(st.lists(fields, max_size=4))]
        heads += b"".join(line + draw(st.sampled_from(ENDS)) for line in [*lines, b""])
    whole = bytearray(heads + draw(st.sampled_from(BODIES)))
    for _mutation in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(whole)))
        whole[place : place + draw(st.integers(0, 1))] = draw(st.binary(max_size=2))
    return bytes(whole)


def cut(whole: bytes, places: Sequence[int]) -> list[bytes]:
    marks = sorted({0, len(whole), *(place % (len(whole) + 1) for place in places)})
    return [whole[start:end] for start, end in pairwise(marks)]


@given(answers(), st.lists(st.integers(0, 500), max_size=4), st.sampled_from(["GET", "HEAD", "POST"]))
def test_it_judges_as_h11_does(whole: bytes, places: list[int], method: str) -> None:
    parts = cut(whole, places)
    assert ours(parts, method) == theirs(parts, method)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4))
def test_it_judges_noise_as_h11_does(noise: bytes, places: list[int]) -> None:
    parts = cut(noise, places)
    assert ours(parts, "GET") == theirs(parts, "GET")


@given(answers())
def test_where_the_bytes_are_cut_changes_nothing(whole: bytes) -> None:
    bytewise = [whole[place : place + 1] for place in range(len(whole))]
    assert ours(bytewise, "GET") == ours([whole], "GET")


def test_it_keeps_no_more_than_is_wanted_and_stops_after_enough_pieces() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = incoming([head + b"3\r\nabc\r\n" * 5])
    assert finished(answer.body("GET", finished(answer.head()), Body(7, 100))) == b"abcabca"
    answer = incoming([head + b"3\r\nabc\r\n" * 5])
    assert finished(answer.body("GET", finished(answer.head()), Body(100, 2))) == b"abcabc"


def test_headers_without_end_cost_what_they_weigh() -> None:
    """Each fold and each repetition once: not the square of them."""
    folds = b"A: b\r\n" + b" c\r\n" * 200_000
    repeated = b"A: b\r\n" * 200_000
    for fields in (folds, repeated):
        head = finished(incoming([b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n"]).head())
        assert len(head.headers["a"]) > 200_000


def test_a_request_is_written_as_the_standard_says() -> None:
    assert request("GET", "/a?b=c", [("Host", "example.com"), ("X-Name", "é")]) == (
        b"GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Name: \xc3\xa9\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET /", "/", []),
        ("", "/", []),
        ("GET", "", []),
        ("GET", "/ HTTP/1.1\r\nX: y", []),
        ("GET", "/a b", []),
        ("GET", "/é", []),
        ("GET", "/\ud800", []),
        ("GET", "/", [("A b", "c")]),
        ("GET", "/", [("A:", "c")]),
        ("GET", "/", [("A", " c")]),
        ("GET", "/", [("A", "c\r\nD: e")]),
        ("GET", "/", [("A", "c\x0bd")]),
        ("GET", "/", [("A", "\udc80")]),
    ],
    ids=ascii,
)
def test_what_would_be_another_request_is_not_written(
    method: str, target: str, headers: list[tuple[str, str]]
) -> None:
    with pytest.raises(ValueError, match=r"request line|header|surrogates"):
        request(method, target, headers)
