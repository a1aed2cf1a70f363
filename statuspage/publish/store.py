"""A store with conditional writes, as a publisher sees it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


class Changed(Exception):
    """An object is not the version that a conditional request named: nothing was done."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered with an object: whose it is, since which sequence, and the hash of it all."""

    page: str
    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of an object that is there now. `mark` is None on an object that is not ours."""

    tag: str
    mark: Mark | None


class Store(Protocol):
    """Objects by path. Every method raises PublishError; those with a tag, Changed."""

    def read(self, path: str) -> tuple[bytes, str] | None:
        """Content and tag."""

    def look(self, path: str) -> Seen | None:
        """The version that is there."""

    def write(self, path: str, content: bytes, mark: Mark, over: str | None) -> str:
        """Writes over the version of tag `over`, or where nothing is; gives the new tag."""

    def delete(self, path: str, tag: str) -> None:
        """Deletes that version."""

    def listed(self) -> dict[str, str]:
        """The path of every object, with the MD5 of its content where the store says so."""

    def headers(self, path: str) -> str:
        """All that a write of that path says besides its content, ending with a line's end."""


class Each(Protocol):
    """A map, which may work on several paths at once."""

    def __call__(self, work: Callable[[str], T], paths: Iterable[str], /) -> Iterable[T]:
        """The outcome for each path, in their order."""


def digest(store: Store, path: str, content: bytes) -> str:
    """The hash of content and headers."""
    return hashlib.sha256(store.headers(path).encode() + content).hexdigest()
