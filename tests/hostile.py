"""Every hostile target in a process of its own: what they cost is then what the checker spends on them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.black_hole import black_hole
from tests.monitors.targets import HOSTILE, garbage, serving

ROOT = Path(__file__).parents[1]


@contextmanager
def hostile_targets() -> Iterator[dict[str, str]]:
    """Their addresses by what they do, until the block ends."""
    words = [sys.executable, "-m", "tests.hostile"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


async def serve() -> None:
    """Serve until the process is killed; the addresses are the first line that it prints."""
    async with AsyncExitStack() as stack:
        targets = {name: await stack.enter_async_context(serving(talk)) for name, talk in HOSTILE.items()}
        urls = {name: target.url() for name, target in targets.items()}
        urls["TLS garbage"] = (await stack.enter_async_context(serving(garbage))).url(scheme="https")
        urls["black hole"] = f"http://127.0.0.2:{stack.enter_context(black_hole('127.0.0.2'))}/"
        print(json.dumps(urls), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
