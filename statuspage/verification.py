"""Is a published page what its keys signed, and does it still hold? The same from any mirror.

What is not signed is never read: a document is parsed only after a key has vouched for its bytes.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from monitors.network.guard import Allow
from monitors.outbound import exchange
from monitors.reasons import OutboundError
from statuspage.render.wellknown import EMERGENCY_KEY, KEY
from statuspage.signing import from_pem, verify

DOCUMENT = "status.json"
MOST = 32 * 1024 * 1024
DEADLINE = 30.0
_ABSENT = (403, 404)
_SIGNERS = {KEY: "the application", EMERGENCY_KEY: "the emergency tool"}


class Unreachable(Exception):
    """No page can be read there; says why."""


class Unsigned(Exception):
    """The document is there, and no key vouches for it; says why."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A document that `signer` signed."""

    signer: str
    page: str
    sequence: int
    generated_at: datetime
    good_until: datetime

    def stale(self, now: datetime) -> bool:
        """Whether its time is over."""
        return now > self.good_until


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that a page is published at, and which networks may be reached for it."""

    url: str
    allow: Allow

    @classmethod
    def of(cls, url: str, allow: Allow) -> "Place":
        """The page of an address, be it that of the page or of its status document. Raises Unreachable."""
        try:
            folder, _slash, name = urlsplit(url).path.rpartition("/")
        except ValueError:
            raise Unreachable(f"{url!r} is no address.") from None
        kept = name if name not in (DOCUMENT, "index.html") else ""
        return cls(urljoin(url, f"{folder}/{kept}{'/' if kept else ''}"), allow)

    async def get(self, path: str) -> bytes | None:
        """A published file; None where there is none. Raises Unreachable."""
        address = urljoin(self.url, path)
        try:
            answer = await exchange(
                "GET", address, deadline=DEADLINE, allow=self.allow, redirects=3, body_bytes=MOST
            )
        except OutboundError as error:
            raise Unreachable(f"{address}: {error.sentence}") from None
        if answer.status in _ABSENT:
            return None
        if answer.status != 200:
            raise Unreachable(f"{address}: the answer is {answer.status}, not 200.")
        if len(answer.body) >= MOST:
            raise Unreachable(f"{address}: more than {MOST // 1024**2} MiB.")
        return answer.body

    async def keys(self) -> dict[str, str]:
        """Who signs for the page by what it publishes itself: the key of each. Raises Unreachable."""
        found = {signer: await self.get(path) for path, signer in _SIGNERS.items()}
        try:
            return {signer: from_pem(pem) for signer, pem in found.items() if pem is not None}
        except ValueError as error:
            raise Unreachable(f"{self.url}: a published key is none: {error}.") from None


async def verified(place: Place, pinned: Mapping[str, str], pause: float) -> Verified:
    """What is published at a place, by `pinned` (signer to public key) or else by its own keys.

    Document and signature are two files: what falls between two releases is asked for once more,
    `pause` seconds later. Raises Unreachable, Unsigned.
    """
    try:
        return await _once(place, pinned)
    except Unsigned:
        await asyncio.sleep(pause)
        return await _once(place, pinned)


async def _once(place: Place, pinned: Mapping[str, str]) -> Verified:
    document = await place.get(DOCUMENT)
    if document is None:
        raise Unreachable(
            f"{place.url} has no {DOCUMENT}: it is no status page, or nothing is published yet."
        )
    signature = await place.get(f"{DOCUMENT}.sig")
    keys = pinned or await place.keys()
    if signature is None:
        raise Unsigned("There is no signature beside the document.")
    if not keys:
        raise Unsigned("The page publishes no key. Name one with --key FILE.")
    for signer, key in keys.items():
        if verify(key, document, signature):
            return _read(signer, document)
    raise Unsigned(f"The signature is not by {' or '.join(keys)}: the document was changed, or is a forgery.")


def _read(signer: str, content: bytes) -> Verified:
    try:
        document = json.loads(content)
        return Verified(
            signer=signer,
            page=str(document["page"]["name"]),
            sequence=int(document["sequence"]),
            generated_at=_time(document["generated_at"]),
            good_until=_time(document["good_until"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Unsigned(f"What {signer} signed is no status document that this version can read.") from None


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or not 1970 <= time.year < 9999:
        raise ValueError("no time of a page")
    return time
