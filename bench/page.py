"""The public page from the application: requests per second, and how that compares with doing nothing.

Both web processes are the same granian; the reference answers as many bytes as the page has, from a
function of four lines. They run by turns, and each figure is the median of the turns.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import _load
from bench._load import Load
from tests import services

TURNS = 3
GZIP = "Accept-Encoding: gzip, deflate"


def reference(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """As many bytes as the page has (REFERENCE_BYTES), and nothing else."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))])
    return [BODY]


BODY = b"x" * int(os.environ.get("REFERENCE_BYTES", "0"))


def publish() -> None:
    """The demonstration page as release 1 of a new installation."""
    import django
    from django.core.management import call_command
    from django.utils import timezone

    django.setup()
    from statuspage import demo, first_page, releases
    from statuspage.installation import installation

    call_command("migrate", verbosity=0)
    page = first_page.create("http://localhost", 80, Path("/nowhere"))
    assert page is not None
    demo.fill(page, timezone.now())
    assert releases.make(page, timezone.now(), installation()) is not None


def measure(folder: Path) -> tuple[int, dict[str, Load]]:
    """The page's bytes under gzip, and the load of each case."""
    web, plain = _load.free_port(), _load.free_port()
    servers = [_load.granian("statuspage.wsgi:application", web, folder / "web.log")]
    try:
        page = _load.first_answer(web, servers[0])
        os.environ["REFERENCE_BYTES"] = str(page.size)
        servers.append(_load.granian("bench.page:reference", plain, folder / "reference.log"))
        _load.first_answer(plain, servers[1])
        cases = {
            "reference: the same bytes, no application": _load.Case(plain),
            "page, gzip": _load.Case(web, (GZIP,)),
            "page, not changed (304)": _load.Case(web, (GZIP, f"If-None-Match: {page.etag}")),
            "summary of the API, gzip": _load.Case(web, (GZIP,), "/api/v2/summary.json"),
        }
        turns = [{name: _load.press(case) for name, case in cases.items()} for _turn in range(TURNS)]
    finally:
        for server in servers:
            server.stop()
    return page.size, {name: _load.median([turn[name] for turn in turns]) for name in cases}


HEAD = """\
## The public page, from the application

The demonstration page ({size:,} bytes under gzip) through one granian process, {connections} connections kept
open; {turns} turns of {seconds} s for each case, medians. Goal: 8,000 requests/s, p99 below 50 ms.

| case | requests/s | ratio | p50 ms | p99 ms | failed |
|---|---:|---:|---:|---:|---:|\
"""


def table(size: int, loads: dict[str, Load]) -> str:
    """The figures as Markdown; ratios to the first case."""
    base = next(iter(loads.values())).rate
    head = HEAD.format(size=size, connections=_load.CONNECTIONS, turns=TURNS, seconds=_load.SECONDS)
    return "\n".join([head, *(row(name, load, load.rate / base) for name, load in loads.items()), ""])


def row(name: str, load: Load, ratio: float) -> str:
    """One line of the table."""
    return f"| {name} | {load.rate:,.0f} | {ratio:.2f} | {load.p50:.1f} | {load.p99:.1f} | {load.failed} |"


if __name__ == "__main__":
    services.start()
    publish()
    with tempfile.TemporaryDirectory() as folder:
        print(table(*measure(Path(folder))))
