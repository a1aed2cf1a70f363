"""Mails per second from the database to a light mail server, by one to three sender processes.

The reference is the standard library's smtplib on one connection, with mails of the same size that are ready
and no database. Sink, senders and Postgres share the machine.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench._post_room import notify, post_room, start_anew
from tests.mailsink import MailSink, mail_sink

ROOT = Path(__file__).parents[1]
MAILS = 20_000
REFERENCE = 5_000
PROCESSES = (1, 2, 3)
HEAD = """\
## Mail

{mails:,} mails to a light server, each recorded as sent, at most 20 unrecorded per process. Goal: 1,000/s for
each sender process, 4,000/s in total.

| senders | mails/s | ratio | each mail twice or more |
|---|---:|---:|---:|"""


def send(url: str, folder: Path) -> None:
    """A sender: waits for the others, then sends until nothing is due."""
    import django

    django.setup()
    from django.utils import timezone

    from subscribers import claims, deliver
    from tests.subscribers.make import make_means

    claims.claim("webhook", timezone.now())
    (folder / f"ready{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)
    deliver.run("email", make_means(mail_url=url), timezone.now, timezone.now() + timedelta(minutes=10))


def rate(sink: MailSink) -> tuple[float, int]:
    """Mails per second from the first to the last, and how many came more than once."""
    taken = sink.taken()
    times = [at for at, _recipient in taken]
    return len(taken) / (max(times) - min(times)), len(taken) - len({who for _at, who in taken})


def measure(processes: int) -> tuple[float, int]:
    """Everybody is told, by so many processes."""
    start_anew()
    notify(ago=1)
    with tempfile.TemporaryDirectory() as name, mail_sink(Path(name) / "sink") as sink:
        words = [sys.executable, "-m", "bench.mail", sink.url, name]
        senders = [subprocess.Popen(words, cwd=ROOT) for _number in range(processes)]
        while len(list(Path(name).glob("ready*"))) < processes:
            time.sleep(0.01)
        (Path(name) / "go").touch()
        if any(sender.wait() for sender in senders):
            raise RuntimeError("A sender failed.")
        return rate(sink)


def reference() -> float:
    """smtplib alone."""
    from subscribers import mail
    from tests.subscribers.make import NOW, make_means, make_message, make_told

    means, message = make_means(), make_message()
    content = mail.copy(mail.compose(make_told(), "en", means, NOW), message, means)
    with tempfile.TemporaryDirectory() as name, mail_sink(Path(name)) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as connection:
            for number in range(REFERENCE):
                connection.sendmail("status@example.com", [f"r{number}@example.com"], content)
        return rate(sink)[0]


def main() -> None:
    """Measures and prints."""
    with post_room(MAILS):
        base = reference()
        print(HEAD.format(mails=MAILS))
        print(f"| reference: smtplib, one connection, no database | {base:,.0f} | 1.0 | – |")
        for processes in PROCESSES:
            each, twice = measure(processes)
            print(f"| {processes} | {each:,.0f} | {each / base:.1f} | {twice} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        send(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
