"""The front desk: WSGI before Django's middleware, for the button of the sign-up form by mail alone.

It takes what is in order: a good address in a kind of form that it knows. How such a form is judged and
answered it asks Django about once a second; what else comes, or cannot be written, goes to Django as it came.
"""

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from io import BytesIO
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from django.utils import timezone

from subscribers import tokens
from subscribers.channels import CHANNELS
from subscribers.channels.base import Means
from subscribers.front.rehearsal import KEPT, Application, Known, rehearse
from subscribers.front.together import NotWritten, Together
from subscribers.network import network_in

# The other channels show a secret that is made for each request.
CHANNEL = "email"
_PATH = re.compile(r"/subscribe/([0-9a-z]{12})/send/")
# Every request has its own.
_THEIRS = ("address=", "shown=")
_FORM = "application/x-www-form-urlencoded"
# Forms that people fill in are shorter.
LONGEST = 20_000
# Seconds after which it is asked anew how a kind of form is answered; until then what was known serves
# those who come meanwhile. And how many kinds are remembered.
FRESH = 1.0
OLD = 3.0
KINDS = 1000

Kind = tuple[object, ...]


class Desk:
    """Serves what is in order, and `behind` everything else."""

    def __init__(self, behind: Application, means: Means) -> None:
        self._behind = behind
        self._means = means
        self._together = Together()
        self._known: dict[Kind, tuple[float, Known | None]] = {}
        self._learning = threading.Lock()
        self._nobody = f"{token_hex(16)}@example.com"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request (PEP 3333)."""
        page_id = _page_of(environ)
        if not page_id:
            return self._behind(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        answer = self._answer(page_id, body, environ)
        if answer is None:
            return self._behind(environ, start_response)
        known, text = answer
        start_response(known.status, [*known.headers, ("Content-Length", str(len(text)))])
        return [text]

    def stop(self) -> None:
        """Write what waits, and end the thread that writes."""
        self._together.stop()

    def _answer(self, page_id: str, body: bytes, environ: dict[str, Any]) -> tuple[Known, bytes] | None:
        """What to answer, once it is written; None where Django is to judge."""
        try:
            pairs = body.decode("ascii").split("&")
            typed, shown = _value(pairs, "address"), _value(pairs, "shown")
            address = CHANNELS[CHANNEL].clean(typed, self._means)
            tokens.check_form(shown, page_id, timezone.now())
        except ValueError:  # which AddressError and TokenRefused are too
            return None
        known = self._how(environ, pairs)
        if known is None:
            return None
        question = replace(known.question, address=address, network=network_in(environ))
        try:
            may = self._together.ask(question)
        except NotWritten:
            return None
        return (known, escape(address).encode().join(known.parts)) if may else None

    def _how(self, environ: dict[str, Any], pairs: list[str]) -> Known | None:
        """How such a form is answered. What was known a moment ago goes on being used while one asks anew."""
        kind = (
            environ["PATH_INFO"],
            environ["wsgi.url_scheme"],
            *(environ.get(name) for name in KEPT),
            # In one piece: thousands of short ones would take many times the memory.
            "&".join(pair for pair in pairs if not pair.startswith(_THEIRS)),
        )
        now = time.monotonic()
        since, known = self._known.get(kind, (-OLD, None))
        if now - since < FRESH:
            return known
        usable = now - since < OLD
        # One at a time: a crowd must not learn the same thing all at once.
        if not self._learning.acquire(timeout=0 if usable else FRESH):
            return known if usable else None
        try:
            since, known = self._known.get(kind, (-OLD, None))
            return known if since > now else self._learn(kind, environ, pairs)
        finally:
            self._learning.release()

    def _learn(self, kind: Kind, environ: dict[str, Any], pairs: list[str]) -> Known | None:
        fields = parse_qsl("&".join(pairs), keep_blank_values=True)
        for_nobody = [(name, self._nobody if name == "address" else value) for name, value in fields]
        names = [name for name, _value in fields]
        known = None
        # However they are spelt: one address, one time, and no other channel.
        if names.count("address") == names.count("shown") == 1 and ("channel", CHANNEL) in fields:
            known = rehearse(self._behind, environ, for_nobody, CHANNEL, self._nobody)
        if len(self._known) >= KINDS:
            self._known.clear()
        self._known[kind] = time.monotonic(), known
        return known


def _page_of(environ: dict[str, Any]) -> str:
    """The public id of the page whose form this is; "" where it is none, or an unusual one."""
    if environ["REQUEST_METHOD"] != "POST" or environ.get("QUERY_STRING"):
        return ""
    length = environ.get("CONTENT_LENGTH", "")
    if environ.get("CONTENT_TYPE") != _FORM or not length.isdecimal() or int(length) > LONGEST:
        return ""
    found = _PATH.fullmatch(environ["PATH_INFO"])
    return found[1] if found else ""


def _value(pairs: list[str], name: str) -> str:
    """The value of a field. Raises ValueError where there is none, or more than one."""
    (pair,) = (pair for pair in pairs if pair.startswith(f"{name}="))
    return unquote_plus(pair.partition("=")[2], errors="strict")
