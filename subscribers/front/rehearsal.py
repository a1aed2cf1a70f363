"""What the desk learns from Django: what a kind of form asks for, and how it is answered.

A request that carries a rehearsal is judged and answered as any other, but nothing of it is stored.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from subscribers.asking import Question
from subscribers.signup import Wish

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# Where a rehearsal travels in the environment of WSGI: nothing that a client sends has such a name.
REHEARSAL = "subscribers.front.rehearsal"
# All that Django may know of the client: the answer is for everybody who sends this kind of form.
KEPT = ("HTTP_HOST", "HTTP_X_FORWARDED_PROTO")


@dataclass(slots=True)
class Rehearsal:
    """Filled in by the view where the form is good: the page (primary key), and what would be asked for."""

    page: int = 0
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """How a kind of form is answered: after `question`, with `parts` around each mention of the address."""

    question: Question
    status: str
    headers: tuple[tuple[str, str], ...]
    parts: tuple[bytes, ...]


def rehearse(
    django: Application,
    environ: dict[str, Any],
    fields: Sequence[tuple[str, str]],
    channel: str,
    address: str,
) -> Known | None:
    """Has Django answer a form for `address`, which is nobody's; None where it is not simply in order."""
    rehearsal = Rehearsal()
    status, headers, text = _answer(django, _request(environ, fields) | {REHEARSAL: rehearsal})
    if rehearsal.wish is None or any(name.lower() == "set-cookie" for name, _value in headers):
        return None
    wish = rehearsal.wish
    return Known(
        question=Question(rehearsal.page, channel, address, wish.language, asdict(wish), network=""),
        status=status,
        headers=tuple(pair for pair in headers if pair[0].lower() != "content-length"),
        parts=tuple(text.split(address.encode())),
    )


def _request(environ: dict[str, Any], fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    body = urlencode(fields).encode()
    of_all = {name: value for name, value in environ.items() if not name.startswith("HTTP_") or name in KEPT}
    return of_all | {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _answer(django: Application, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        said.append((status, headers))
        return lambda _data: None

    answer = django(environ, start)
    text = b"".join(answer)
    close = getattr(answer, "close", None)
    if close is not None:
        close()
    return *said[-1], text
