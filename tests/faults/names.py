"""Names that lead astray, asked of the C library in a network of our own: run by test_names.py.

It runs in namespaces of its own (unshare -rnm), where the only DNS server is this program, and prints what
became of each check.
"""

import asyncio
import ctypes
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from monitors.network.guard import Allow
from monitors.probes import PROBES, Outcome
from tests.black_hole import black_hole
from tests.monitors.dns_server import Zone, naming
from tests.monitors.targets import answering, response, serving

RESOLVER = "127.0.0.1"
PORT = 8080
MS_BIND = 4096
# Nothing answers there, nor says that it does not.
HOLE = "fd00:dead::1"
ALLOW = Allow.parse("127.0.0.0/16 [::1]/128 [fd00:dead::]/64")
ZONE = Zone(
    records={
        ("good.test", "A"): ["127.0.0.1"],
        ("many.test", "A"): [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(500)],
        ("many-one-private.test", "A"): [
            *(f"127.0.{number // 250}.{number % 250 + 1}" for number in range(499)),
            "10.0.0.1",
        ],
        ("six.test", "AAAA"): ["::1"],
        ("hole.test", "A"): ["127.0.0.1"],
        ("hole.test", "AAAA"): [HOLE],
        ("aaaa-servfail.test", "A"): ["127.0.0.1"],
        ("aaaa-refused.test", "A"): ["127.0.0.1"],
        ("aaaa-nxdomain.test", "A"): ["127.0.0.1"],
        ("aaaa-silent.test", "A"): ["127.0.0.1"],
        ("empty.test", "TXT"): ["neither an A nor an AAAA"],
    },
    codes={
        "servfail.test": "SERVFAIL",
        "refused.test": "REFUSED",
        ("aaaa-servfail.test", "AAAA"): "SERVFAIL",
        ("aaaa-refused.test", "AAAA"): "REFUSED",
        ("aaaa-nxdomain.test", "AAAA"): "NXDOMAIN",
    },
    silent={"hang.test", ("aaaa-silent.test", "AAAA")},
)
NAMES = (
    *("good", "nxdomain", "servfail", "refused", "empty", "hang", "many", "many-one-private", "six", "hole"),
    *("aaaa-servfail", "aaaa-refused", "aaaa-nxdomain", "aaaa-silent"),
)
DEADLINE = 4.0

Told = dict[str, Any]


def settle_in() -> None:
    """Loopback is up, and the C library asks us."""
    for command in ("link set lo up", f"addr add {HOLE}/128 dev lo nodad"):
        subprocess.run(["ip", *command.split()], check=True)
    folder = Path(tempfile.mkdtemp())
    (folder / "resolv.conf").write_text(f"nameserver {RESOLVER}\noptions timeout:5 attempts:2\n")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(folder / "resolv.conf").encode(), b"/etc/resolv.conf", None, MS_BIND, None):
        raise OSError(ctypes.get_errno(), "mount")


async def check(name: str, kind: str = "http") -> Told:
    """One check of a name, and how long it took."""
    settings = {
        "http": {"url": f"http://{name}.test:{PORT}/"},
        "tcp": {"address": f"{name}.test:{PORT}"},
        "dns": {"name": f"{name}.test"},
    }
    probe = PROBES[kind]
    started = time.monotonic()
    outcome: Outcome = await probe.run(probe.parse(settings[kind], ALLOW), DEADLINE, ALLOW)
    return {**outcome.to_json(), "took": time.monotonic() - started}


async def rebind() -> list[Told]:
    """A name that changes its mind from one question to the next, each time towards somewhere forbidden."""
    told = []
    for address in ("127.0.0.1", "127.1.0.1"):
        ZONE.records["rebind.test", "A"] = [address]
        told.append(await check("rebind"))
        # Whatever is asked after the first question would lead astray already.
        ZONE.records["rebind.test", "A"] = ["127.1.0.1"]
    return told


async def main() -> None:
    with black_hole(HOLE, PORT):
        async with (
            naming(ZONE, RESOLVER, 53),
            serving(answering(response()), "0.0.0.0", PORT),
            serving(answering(response()), "::1", PORT),
        ):
            scenes: dict[str, Callable[[], Awaitable[Any]]] = {
                **{f"http {name}": functools.partial(check, name) for name in NAMES},
                **{
                    f"dns {name}": functools.partial(check, name, "dns")
                    for name in ("good", "hang", "servfail")
                },
                "tcp hang": functools.partial(check, "hang", "tcp"),
                "rebind": rebind,
            }
            told = await asyncio.gather(*(scene() for scene in scenes.values()))
    questions = sum(name == "rebind.test" and kind == "A" for name, kind in ZONE.asked)
    json.dump({**dict(zip(scenes, told, strict=True)), "questions": questions}, sys.stdout)


if __name__ == "__main__":
    settle_in()
    asyncio.run(main())
