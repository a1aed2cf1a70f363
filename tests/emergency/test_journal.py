"""The journal: on the disk before a mail goes out, whole after any crash, one writer at a time."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from statuspage.emergency import account
from statuspage.emergency.account import Account, Entry, Fate
from statuspage.emergency.journal import Journal, Line, Step
from statuspage.emergency.trouble import Trouble

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def line(subscriber: str, step: Step, update: str = "update000001") -> Line:
    return Line(update, subscriber, step, NOW)


def test_the_last_step_of_each_message_counts(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.write(line("a", Step.SENDING))
        journal.write(line("a", Step.SENT), line("b", Step.SENDING))
        journal.write(line("c", Step.SENDING), line("c", Step.DEFERRED))

    with Journal(tmp_path) as again:
        assert {key[1]: each.step for key, each in again.last.items()} == {
            "a": Step.SENT,
            "b": Step.SENDING,
            "c": Step.DEFERRED,
        }
        assert list(again.entries()) == [
            Entry("update000001", "a", Fate.SENT, NOW),
            Entry("update000001", "b", Fate.UNKNOWN, NOW),
        ]


def test_a_line_that_was_cut_costs_no_other(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.write(line("a", Step.SENT))
        name = journal.id
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"at": "2026-11-22T14:00:00+00:00", "upd')

    with Journal(tmp_path) as journal:
        journal.write(line("b", Step.SENT))
        assert journal.id == name

    with Journal(tmp_path) as journal:
        assert {key[1] for key in journal.last} == {"a", "b"}


def test_there_is_one_writer_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(Trouble, match="at work"):
        Journal(tmp_path)

    Journal(tmp_path).__exit__(None, None, None)


def test_threads_that_come_together_lose_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:

        def write(number: int) -> None:
            for each in range(50):
                journal.write(line(f"{number}-{each}", Step.SENT))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with Journal(tmp_path) as again:
        assert len(again.last) == 400


KILLED = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from statuspage.emergency.journal import Journal, Line, Step
journal = Journal(Path(sys.argv[1]))
for number in range(10**9):
    journal.write(Line("update000001", str(number), Step.SENT, datetime.now(UTC)))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_what_was_said_to_be_written_survives_kill_9(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _number in range(100):
        said = process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    with Journal(tmp_path) as journal:
        assert ("update000001", said.strip()) in journal.last
        assert len(journal.last) >= 100


def test_only_what_other_copies_doubt_is_in_doubt_here(tmp_path: Path) -> None:
    entries = (
        Entry("update000001", "a", Fate.SENT, NOW),
        Entry("update000001", "b", Fate.UNKNOWN, NOW),
    )
    with Journal(tmp_path) as journal:
        # Announced by this very journal, and never begun.
        journal.adopt(Account(journal.id, entries))
        assert {key[1]: each.step for key, each in journal.last.items()} == {"a": Step.SENT}
        journal.adopt(Account("another", entries))
        assert journal.last["update000001", "b"].step == Step.SENDING


def test_it_is_for_its_owner_alone_and_follows_no_link(tmp_path: Path) -> None:
    Journal(tmp_path).__exit__(None, None, None)
    path = tmp_path / "journal.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

    with pytest.raises(Trouble, match="cannot be written"):
        Journal(tmp_path)


def test_an_account_comes_back_as_it_was() -> None:
    entries = (Entry("update000001", "a", Fate.FAILED, NOW),)

    assert account.decoded(account.encoded("page", entries, "me"), "page") == Account("me", entries)


@pytest.mark.parametrize(
    "said", [[], {}, {"page": "page"}, {"page": "page", "deliveries": [{}]}, {"page": "x", "deliveries": []}]
)
def test_what_is_no_account_of_this_page_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match="account"):
        account.decoded(json.dumps(said).encode(), "page")
