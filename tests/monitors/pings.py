"""Pings where the kernel allows them: run by test_probe_icmp.py in a network of its own (unshare -rn)."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from monitors.network.guard import Allow
from monitors.probes import PROBES

RANGE = Path("/proc/sys/net/ipv4/ping_group_range")
ALLOW = Allow.parse("127.0.0.0/8 [::1]/128 198.51.100.0/24")
# Whoever has this address answers nothing, not even that.
SILENT = "198.51.100.1"
DEADLINE = 1.0


async def check(host: str) -> dict[str, object]:
    probe = PROBES["icmp"]
    return (await probe.run(probe.parse({"host": host}, ALLOW), DEADLINE, ALLOW)).to_json()


async def main() -> None:
    told = {"by default": await check("127.0.0.1")}
    RANGE.write_text("0 0")
    for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9", SILENT, "198.51.100.2"):
        told[host] = await check(host)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    for command in (
        "link set lo up",
        # A silent host, as a firewall would make it; and one that routers call unreachable.
        f"route add {SILENT} dev lo",
        "route add unreachable 198.51.100.2",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    asyncio.run(main())
