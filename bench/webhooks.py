"""Webhooks per second from the database to a light receiver, signed, through the guarded client.

The reference is the same client with one ready request and no database, signature or receiver of its own.
Receiver, sender and Postgres share the machine; every request has a connection of its own.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from bench._post_room import notify, post_room, start_anew
from tests.hooksink import HookSink, hook_sink

ROOT = Path(__file__).parents[1]
HOOKS = 5_000
REFERENCE = 2_000
PROCESSES = (1, 2)
IN_FLIGHT = 15
HEAD = """\
## Webhooks

{hooks:,} signed webhooks, each to an address and with a secret of its own, each recorded as sent, on a fresh
connection each. CPU is the senders' alone. Goal: 500/s.

| senders | webhooks/s | ratio | CPU ms each | twice or more |
|---|---:|---:|---:|---:|"""


def subscribe(sink: HookSink) -> None:
    """HOOKS receivers on the one page."""
    from django.utils import timezone

    from monitors.models import Page
    from subscribers import signup
    from subscribers.models import State, Subscriber

    Subscriber.objects.all().delete()
    Subscriber.objects.bulk_create(
        Subscriber(
            page=Page.objects.get(),
            channel="webhook",
            address=f"{sink.url}/hook/{number}",
            state=State.ACTIVE,
            created_at=timezone.now(),
            secret=signup.new_secret(),
        )
        for number in range(HOOKS)
    )


def send(folder: Path) -> None:
    """A sender: waits for the others, then sends until nothing is due."""
    import django

    django.setup()
    from django.utils import timezone

    from subscribers import claims, deliver
    from tests.subscribers.make import make_means

    claims.claim("email", timezone.now())
    (folder / f"ready{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    spent = time.process_time()
    until = timezone.now() + timedelta(minutes=10)
    # As workers do: every channel in a thread of its own.
    with ThreadPoolExecutor(1) as lane:
        lane.submit(deliver.run, "webhook", make_means(), timezone.now, until).result()
    (folder / f"spent{os.getpid()}").write_text(str(time.process_time() - spent))


def rate(sink: HookSink, begun: float) -> tuple[float, int]:
    """Webhooks per second since a moment, and how many came more than once."""
    taken = [(at, path) for at, path in sink.taken() if at >= begun]
    times = [at for at, _path in taken]
    return len(taken) / (max(times) - min(times)), len(taken) - len({path for _at, path in taken})


def measure(processes: int, sink: HookSink) -> tuple[float, float, int]:
    """Everybody is told, by so many processes: the rate, CPU milliseconds each, and how many came twice."""
    start_anew()
    notify(ago=1)
    with tempfile.TemporaryDirectory() as name:
        words = [sys.executable, "-m", "bench.webhooks", name]
        senders = [subprocess.Popen(words, cwd=ROOT) for _number in range(processes)]
        while len(list(Path(name).glob("ready*"))) < processes:
            time.sleep(0.01)
        begun = time.time()
        (Path(name) / "go").touch()
        if any(sender.wait() for sender in senders):
            raise RuntimeError("A sender failed.")
        spent = sum(float(each.read_text()) for each in Path(name).glob("spent*"))
    per_second, twice = rate(sink, begun)
    return per_second, 1000 * spent / HOOKS, twice


async def _reference(url: str) -> None:
    from monitors import outbound
    from tests.subscribers.make import LOOPBACK

    async def some() -> None:
        for number in range(REFERENCE // IN_FLIGHT):
            body, headers = b"{}" * 600, {"Content-Type": "application/json"}
            await outbound.post(f"{url}/reference/{number}", body, headers, 20, LOOPBACK)

    await asyncio.gather(*(some() for _each in range(IN_FLIGHT)))


def reference(sink: HookSink) -> tuple[float, float]:
    """The client alone: the rate and CPU milliseconds each."""
    begun, spent = time.time(), time.process_time()
    asyncio.run(_reference(sink.url))
    count = REFERENCE // IN_FLIGHT * IN_FLIGHT
    return rate(sink, begun)[0], 1000 * (time.process_time() - spent) / count


def main() -> None:
    """Measures and prints."""
    with post_room(0), tempfile.TemporaryDirectory() as name, hook_sink(Path(name) / "taken") as sink:
        subscribe(sink)
        base, cpu = reference(sink)
        print(HEAD.format(hooks=HOOKS))
        print(f"| reference: the client alone | {base:,.0f} | 1.0 | {cpu:.2f} | – |")
        for processes in PROCESSES:
            each, spent, twice = measure(processes, sink)
            print(f"| {processes} | {each:,.0f} | {each / base:.1f} | {spent:.2f} | {twice} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        send(Path(sys.argv[1]))
    else:
        main()
