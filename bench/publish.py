"""One update published to a folder and to an S3 store: how long, beside ten and beside 10,000 past incidents.

Files have the sizes of the demonstration page's. Ten are the reference: what a publication costs must
follow what changed, so the ratio to it says how much history costs.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

if not settings.configured:  # the renderer, whose list of file types publishing knows, asks for them
    settings.configure(USE_TZ=True)

from statuspage.publish import TARGETS, Bundle, Result
from tests.publish import s3server
from tests.publish.s3server import S3Server

ROUNDS = 60
FEW, MANY = 10, 10_000
TEXT = "the search results payments were slow for some customers in <p> </p> <a href= > Europe"
# Path to bytes: what an update on one incident changes.
UPDATED = {
    "incidents/now/index.html": 9_600,
    "fr/incidents/now/index.html": 9_700,
    "history/2026-11/index.html": 9_900,
    "fr/history/2026-11/index.html": 10_100,
    "api/v2/summary.json": 14_000,
    "api/v2/incidents.json": 4_300,
    "api/v2/incidents/unresolved.json": 3_000,
    "history.atom": 5_100,
    "history.rss": 5_000,
    "feed.json": 5_000,
    "status.json": 29_700,
    "status.json.sig": 64,
    "heartbeat.json": 103,
    "en/index.html": 30_700,
    "fr/index.html": 32_300,
    "index.html": 30_700,
}
HEAD = """\
## Publishing one update

{files} files change, {size} KB; p95 and median of {rounds} updates each, undo pack included, by turns in one
process beside the store. Goal: p95 ≤ 1 s, at most 20 writes, whatever the past.

| target | past incidents | writes | median ms | p95 ms | ratio of medians |
|---|---:|---:|---:|---:|---:|"""


def text(size: int, seed: object) -> bytes:
    """As many bytes that compress as a page does, others for another seed."""
    chance = random.Random(str(seed))
    return " ".join(chance.choices(TEXT.split(), k=size // 4)).encode()[:size]


def files(sequence: int) -> dict[str, bytes]:
    """What release `sequence` changed."""
    return {path: text(size, (path, sequence)) for path, size in UPDATED.items()}


@dataclass
class Case:
    """A target beside a past, and how long its updates took."""

    kind: str
    config: Mapping[str, Any]
    past: int
    writes: int = 0

    def begin(self) -> None:
        """Everything once."""
        self.took: list[float] = []
        page = text(9_000, "past")
        self.held = files(1) | {
            f"incidents/past{number}/index.html": page + str(number).encode() for number in range(self.past)
        }
        self.publish(1, self.held)

    def update(self, sequence: int) -> None:
        """One update, timed."""
        changed = files(sequence)
        start = time.perf_counter()
        result = self.publish(sequence, changed)
        self.took.append(1000 * (time.perf_counter() - start))
        self.writes = len([name for name in result.written if not name.endswith((".br", ".gz"))]) + 2
        self.held |= changed

    def publish(self, sequence: int, changed: Mapping[str, bytes]) -> Result:
        """As the application hands a release over."""
        before = {path: self.held.get(path) for path in changed}
        return (
            TARGETS[self.kind]
            .parse(self.config)
            .publish(
                Bundle(
                    page_id="bench",
                    sequence=sequence,
                    changed=changed,
                    removed=(),
                    all=lambda: self.held | changed,
                    base_sequence=sequence - 1,
                    previous=lambda: before,
                )
            )
        )


def cases(folder: Path, store: S3Server) -> list[Case]:
    """A folder and a bucket, each beside few and many."""
    os.environ["BENCH_ACCESS_KEY_ID"] = store.access_key
    os.environ["BENCH_SECRET_ACCESS_KEY"] = store.secret_key
    found = []
    for past in (FEW, MANY):
        paths = {"path": str(folder / f"page{past}"), "private_path": str(folder / f"private{past}")}
        found.append(Case("directory", paths, past))
    for past in (FEW, MANY):
        for name in (f"page{past}", f"private{past}"):
            store.client().create_bucket(Bucket=name)
        bucket = {
            "bucket": f"page{past}",
            "private_bucket": f"private{past}",
            "endpoint_url": store.url,
            "addressing_style": "path",
            "access_key_env": "BENCH_ACCESS_KEY_ID",
            "secret_key_env": "BENCH_SECRET_ACCESS_KEY",
        }
        found.append(Case("s3", bucket, past))
    return found


def rows(measured: Sequence[Case]) -> list[str]:
    """The table: the ratio is to the same target beside few."""
    base = {case.kind: statistics.median(case.took) for case in measured if case.past == FEW}
    return [row(case, statistics.median(case.took) / base[case.kind]) for case in measured]


def row(case: Case, ratio: float) -> str:
    """One line of it."""
    name = {"directory": "folder", "s3": "S3 (seaweedfs)"}[case.kind]
    middle, p95 = statistics.median(case.took), statistics.quantiles(case.took, n=20)[-1]
    return f"| {name} | {case.past:,} | {case.writes} | {middle:.0f} | {p95:.0f} | {ratio:.2f} |"


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "store").mkdir()
        store = s3server.start(folder / "store")
        try:
            measured = cases(folder, store)
            for case in measured:
                case.begin()
            for sequence in range(2, ROUNDS + 2):
                for case in measured:
                    case.update(sequence)
        finally:
            store.stop()
    size = sum(UPDATED.values()) // 1000
    print(HEAD.format(files=len(UPDATED), size=size, rounds=ROUNDS))
    print("\n".join(rows(measured)))


if __name__ == "__main__":
    main()
