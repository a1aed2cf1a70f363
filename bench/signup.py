"""Sign-ups: durable ones per second on the button of the form, beside none and beside a million subscribers.

Web process, Postgres with all its safety and the load share the cores; every address and every network is a
new one, and the hourly share of a network stays on. Every sign-up that was answered is looked for afterwards.
"""

import contextlib
import http.client
import os
import resource
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from bench import _load
from bench._load import Load
from statuspage.embedded.postgres import Postgres
from tests import services

TURNS = 3
SIZES = (0, 1_000_000)
CASES = {"reference: Django alone": "statuspage.wsgi:django", "the desk": "statuspage.wsgi:application"}
SCRIPT = Path(__file__).with_suffix(".lua")

# As many who have confirmed, half of what their table would hold after years of coming and going.
_FILL = """
INSERT INTO subscribers_subscriber (page_id, public_id, channel, address, language, state, everything,
    secret, created_at, asked_at, confirmed_at)
SELECT %(page)s, substr(md5(n::text), 1, 12), 'email', substr(md5('a' || n), 1, 16) || '@customers.example',
    'en', 'active', true, '', now(), now() - interval '30 days', now()
FROM generate_series(1, %(size)s) AS n
"""


_LOST = """
SELECT count(*) FROM unnest(%(addresses)s::text[]) AS answered (address) WHERE NOT EXISTS (
    SELECT FROM subscribers_subscriber s JOIN subscribers_delivery d ON d.subscriber_id = s.id
    WHERE s.channel = 'email' AND s.address = answered.address)
"""

# What the form sends; the load adds the address.
FORM = {
    "channel": "email",
    "website": "",
    "scope": "all",
    "kinds": "all",
    "language": "en",
    "time_zone": "",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One turn: the load, and CPU milliseconds per sign-up of each side."""

    load: Load
    application: float
    postgres: float
    generator: float


def make_page() -> Any:
    """The page that people subscribe to, with some components."""
    import django
    from django.core.management import call_command
    from django.utils import timezone

    django.setup()
    from statuspage import demo, first_page

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    page = first_page.create("http://localhost", 80, Path("/nowhere"))
    assert page is not None
    demo.fill(page, timezone.now())
    return page


def fill(page: Any, size: int) -> None:
    """That many subscribers who are there already."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"page": page.pk, "size": size})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


class Turn:
    """Puts one web process under load."""

    def __init__(self, page: Any, postgres: int, folder: Path) -> None:
        self._page = page
        self._postgres = postgres
        self._folder = folder
        self._number = 0

    def run(self, application: str) -> Run:
        """Raises AssertionError where an answered sign-up is not in the database."""
        self._number += 1
        port, answered = _load.free_port(), self._folder / f"{self._number}.answered"
        server = _load.granian(application, port, self._folder / f"{self._number}.log")
        try:
            # Awake, as any process is that has served its first minute: form, button and database.
            _load.first_answer(port, server, self._path)
            self._wake(port)
            watched = [psutil.Process(server.pid), psutil.Process(self._postgres)]
            before = [_cpu(process) for process in watched]
            load, generator = self._press(port, answered)
            after = [_cpu(process) for process in watched]
        finally:
            server.stop()
        assert _lost(answered) == 0
        count = len(answered.read_text().splitlines())
        spent = [(now - then) * 1000 / count for now, then in zip(after, before, strict=True)]
        return Run(load, *spent, generator * 1000 / count)

    @property
    def _path(self) -> str:
        return f"/subscribe/{self._page.public_id}/"

    def _form(self) -> str:
        from django.utils import timezone

        from subscribers import tokens

        shown = tokens.for_form(self._page.public_id, timezone.now() - timedelta(seconds=2))
        return urlencode(FORM | {"shown": shown})

    def _wake(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_load.PATIENCE)
        form = f"{self._form()}&address=first{self._number}%40bench.example"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{self._path}send/", form, headers)
        assert connection.getresponse().status == 200
        connection.close()

    def _press(self, port: int, answered: Path) -> tuple[Load, float]:
        """The load, and the CPU seconds that it cost to make."""
        words = ["-s", str(SCRIPT), "--", self._form(), str(answered), f"{os.getpid()}x{self._number}"]
        then = resource.getrusage(resource.RUSAGE_CHILDREN)
        load = _load.press(_load.Case(port, path=f"{self._path}send/", script=words))
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        return load, now.ru_utime + now.ru_stime - then.ru_utime - then.ru_stime


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of a process with all its children, also of those that have ended."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _lost(answered: Path) -> int:
    """How many of the answered addresses have no subscriber with a delivery that asks them to confirm."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_LOST, {"addresses": answered.read_text().splitlines()})
        return int(cursor.fetchone()[0])


def middle(runs: Sequence[Run]) -> Run:
    """The middle of some turns, figure by figure."""
    figures = {
        name: statistics.median(getattr(run, name) for run in runs)
        for name in ("application", "postgres", "generator")
    }
    return Run(_load.median([run.load for run in runs]), **figures)


HEAD = """\
## Sign-ups

The button of the sign-up form (POST): {connections} connections, {turns} turns of {seconds} s for each
case, medians. Signed time, hidden field and limit per network are on, and nothing is answered before it
is committed and on disk: every answered address was found with its delivery. CPU is in milliseconds per
sign-up. Goal: 1,500/s, p99 below 100 ms.

| subscribers | case | sign-ups/s | ratio | p50 ms | p99 ms | application | Postgres | load | failed |
|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def rows(size: int, runs: dict[str, Run]) -> list[str]:
    """One line for each case; ratios to the first."""
    base = next(iter(runs.values())).load.rate
    return [
        f"| {size:,} | {name} | {run.load.rate:,.0f} | {run.load.rate / base:.2f} | {run.load.p50:.1f} | "
        f"{run.load.p99:.1f} | {run.application:.2f} | {run.postgres:.2f} | {run.generator:.2f} | "
        f"{run.load.failed} |"
        for name, run in runs.items()
    ]


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The user nobody passes through it, where Postgres has to run as nobody.
        folder.chmod(0o711)
        postgres = Postgres(folder / "postgres")
        os.environ["DATABASE_URL"] = postgres.start()
        os.environ["TRUSTED_PROXIES"] = "1"
        try:
            services.start()
            page = make_page()
            turn = Turn(page, postgres.process.pid, folder)
            print(HEAD.format(connections=_load.CONNECTIONS, turns=TURNS, seconds=_load.SECONDS))
            for size in SIZES:
                fill(page, size)
                turns = [{name: turn.run(where) for name, where in CASES.items()} for _turn in range(TURNS)]
                print("\n".join(rows(size, {name: middle([each[name] for each in turns]) for name in CASES})))
            print()
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
