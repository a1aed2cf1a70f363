"""A web server of one answer, and one check of it."""

import asyncio
from dataclasses import dataclass

from monitors.network.guard import Allow
from monitors.probes import PROBES, Outcome
from monitors.secrets import split
from tests.monitors.targets import Talk, Target, answering, request_of, serving

LOOPBACK = Allow.parse("127.0.0.1/32")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and what the server got."""

    outcome: Outcome
    target: Target
    bodies: list[str]

    def header(self, name: str) -> str | None:
        return self.target.header(name)


def check(answer: bytes | Talk, path: str = "/", **settings: str) -> Checked:
    """One check of a server that answers this; `{port}` in a setting is its port."""
    return asyncio.run(_check(answer, path, settings))


async def _check(answer: bytes | Talk, path: str, settings: dict[str, str]) -> Checked:
    bodies: list[str] = []

    async def recording(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target.heads.append(await request_of(reader))
        length = int(target.header("Content-Length") or 0)
        bodies.append((await reader.readexactly(length)).decode())
        assert isinstance(answer, bytes)
        writer.write(answer)
        await writer.drain()

    async with serving(recording if isinstance(answer, bytes) else answer) as target:
        halves = split(PROBES["http"], {"url": target.url(path), **settings})
        config = PROBES["http"].parse(halves.whole, LOOPBACK)
        outcome = await PROBES["http"].run(config, 20, LOOPBACK, tuple(halves.secrets.values()))
        return Checked(outcome, target, bodies)


__all__ = ["LOOPBACK", "Checked", "answering", "check"]
