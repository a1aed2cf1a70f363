"""The one way to the provider of single sign-on: our guarded client, in the shape that allauth asks for.

The provider's own documents say where to go next: no address is asked that the guard would not allow.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

# Its exception and its pair of credentials alone: nothing is sent with it.
from requests import RequestException  # noqa: TID251
from requests.auth import HTTPBasicAuth  # noqa: TID251

from monitors import outbound
from monitors.network.guard import Allow
from monitors.reasons import OutboundError

DEADLINE = 8.0  # seconds
LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises RequestException."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise RequestException("The provider did not answer in JSON.") from None

    def raise_for_status(self) -> None:
        """Raises RequestException unless all went well."""
        if not 200 <= self.status_code < 300:
            raise RequestException(f"The provider answered with {self.status_code}.")


class Session:
    """As `requests.Session`, as far as allauth uses it."""

    def __init__(self, allow: Allow) -> None:
        self._allow = allow

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """Nothing stays open."""

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Raises RequestException."""
        return self.request("GET", url, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: HTTPBasicAuth | None = None,
    ) -> Answer:
        """One exchange; redirects are answers. Raises RequestException."""
        sent = {"Accept": "application/json", **(headers or {})}
        if data is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if auth is not None:
            pair = f"{auth.username!s}:{auth.password!s}".encode()
            sent["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        whole = f"{url}?{urlencode(params)}" if params else url
        asked = outbound.exchange(
            method,
            whole,
            headers=sent,
            content=urlencode(data or {}).encode(),
            deadline=DEADLINE,
            allow=self._allow,
            body_bytes=LARGEST,
        )
        try:
            answer = asyncio.run(asked)
        except OutboundError as error:
            raise RequestException(f"The provider could not be asked: {error}") from None
        return Answer(answer.status, answer.headers, answer.body)
