"""A folder and a bucket under one face, as their publisher and as a customer see them."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from statuspage.publish import TARGETS, Bundle, Result
from statuspage.publish.lock import STAGING
from tests.publish.s3server import S3Server


class Place(Protocol):
    """Somewhere to publish to. `kind` and `config` are those of a target."""

    kind: str
    config: dict[str, Any]

    def get(self, path: str) -> bytes | None:
        """What a customer gets; None for not found."""

    def shown(self) -> Mapping[str, bytes]:
        """Every plain file there but the target's own."""


@dataclass
class Folder:
    """A folder as a web server serves it."""

    path: Path
    kind: str = "directory"

    def __post_init__(self) -> None:
        self.config: dict[str, Any] = {"path": str(self.path)}

    def get(self, path: str) -> bytes | None:
        try:
            return (self.path / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def shown(self) -> Mapping[str, bytes]:
        files = (path for path in self.path.rglob("*") if path.is_file())
        found = {path.relative_to(self.path).as_posix(): path.read_bytes() for path in files}
        return {
            name: content
            for name, content in found.items()
            if not name.startswith(STAGING) and not name.endswith((".br", ".gz")) and name != "sequence.json"
        }


@dataclass
class Bucket:
    """A bucket that anybody may read over HTTP."""

    server: S3Server
    bucket: str
    keys: dict[str, str]
    kind: str = "s3"

    def __post_init__(self) -> None:
        self.client = self.server.client()
        self.config: dict[str, Any] = {
            "bucket": self.bucket,
            "endpoint_url": self.server.url,
            "addressing_style": "path",
            **self.keys,
        }

    def get(self, path: str) -> bytes | None:
        answer = self.answer(path)
        return answer[0] if answer else None

    def answer(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """Content and headers."""
        try:
            with urllib.request.urlopen(f"{self.server.url}/{self.bucket}/{path}") as answer:
                return answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            raise

    def shown(self) -> Mapping[str, bytes]:
        listed = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        paths = [item["Key"] for item in listed if not item["Key"].endswith("sequence.json")]
        return {path: self.get(path) or b"" for path in paths}


def publish(place: Place, bundle: Bundle, **changes: str) -> Result:
    """Publishes there, some settings changed."""
    return TARGETS[place.kind].parse(place.config | changes).publish(bundle)


def state(place: Place) -> dict[str, Any]:
    """What the target says of itself."""
    said: dict[str, Any] = json.loads(place.get("sequence.json") or b"{}")
    return said
