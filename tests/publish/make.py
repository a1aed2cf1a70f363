"""Releases of a small page as the database would hand them to a target."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping

from statuspage.publish import Bundle
from statuspage.signing import Role, Signer

Files = Mapping[str, bytes]
Releases = Mapping[int, Files]
BEAT = {"index.html", "en/index.html", "fr/index.html", "heartbeat.json", "status.json"}


def make_files(sequence: int, incidents: Mapping[str, str] | None = None, fork: str = "") -> dict[str, bytes]:
    """The files of one release; `fork` makes another release of the same sequence."""
    incidents = incidents or {}
    links = "".join(f'<a href="incidents/{name}/index.html">{name}</a>' for name in incidents)
    index = f"<!doctype html><title>{sequence}{fork}</title>{links}".encode()
    files = {f"incidents/{name}/index.html": text.encode() for name, text in incidents.items()}
    beat = json.dumps({"sequence": sequence, "made": fork, "incidents": dict(incidents)}).encode()
    files |= {"404.html": b"<!doctype html>nothing here", "api/v2/summary.json": links.encode()}
    return files | {path: index if path.endswith("l") else beat for path in BEAT}


def make_bundle(releases: Releases, sequence: int, base: int = 0, page: str = "p1") -> Bundle:
    """The bundle of `sequence`: every file with a version since `base`, every path gone since then."""
    files = releases[sequence]
    later = [releases[number] for number in sorted(releases) if base < number <= sequence]
    before = releases.get(base, {})
    steps = list(zip([before, *later], later, strict=False))
    changed = {path for old, new in steps for path in new if old.get(path) != new[path]}
    removed = {path for release in [before, *later] for path in release} - set(files)
    return Bundle(
        page_id=page,
        sequence=sequence,
        changed={path: files[path] for path in changed & set(files)},
        removed=removed,
        all=lambda: files,
        base_sequence=base,
    )


def make_signer(role: Role, of: bytes = b"") -> Signer:
    """The signer of a role; another one for another `of`."""
    seed = hashlib.sha256(role.value.encode() + of).digest()
    return Signer.of(role, base64.b64encode(seed).decode())


def posts(status: bytes) -> dict[str, str]:
    """The incidents in a status document."""
    found: dict[str, str] = json.loads(status)["incidents"]
    return found


def links(index: bytes) -> list[str]:
    """What an index names."""
    return re.findall(r'href="([^"]+)"', index.decode())


def number(index: bytes) -> int:
    """The sequence that an index was made at."""
    found = re.search(r"<title>(\d+)", index.decode())
    assert found
    return int(found[1])
