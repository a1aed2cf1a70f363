"""The interactive mode in a real terminal: three questions, a preview, a yes."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from statuspage.emergency.vault import opened
from tests.emergency.kit import APPLICATION, PASSPHRASE, Kit, files_of, make_published
from tests.render.browser import serving

ROOT = Path(__file__).parent.parent.parent
SECONDS = 120


class Terminal:
    """A process with a terminal of its own, typed into as a person does: when it asks."""

    def __init__(self, kit: Kit, *arguments: str, **more: str) -> None:
        self._own, theirs = pty.openpty()
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **more}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "statuspage.emergency", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=kit.path,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: _take(theirs),
        )
        os.close(theirs)
        self.shown = ""

    def expect(self, text: str) -> None:
        """Waits until it shows that, beyond what was expected before."""
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), f"ended before {text!r}:\n{self.shown}"
        self.shown = self.shown.partition(text)[2]

    def type(self, line: str) -> None:
        os.write(self._own, line.encode() + b"\n")

    def answer(self, conversation: Sequence[tuple[str, str]]) -> None:
        for question, line in conversation:
            self.expect(question)
            self.type(line)

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._own)
        return self.process.wait()

    def _read(self) -> bool:
        if not select.select([self._own], [], [], SECONDS)[0]:
            return False
        try:
            content = os.read(self._own, 65536)
        except OSError:
            return False
        self.shown += content.decode(errors="replace")
        return bool(content)


def _take(terminal: int) -> None:
    """Makes it the controlling terminal of the child: passphrases are asked for there."""
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


@pytest.mark.slow
def test_a_stressed_person_posts_by_three_answers_and_a_yes(kit: Kit) -> None:
    terminal = Terminal(kit)
    terminal.expect("Passphrase:")
    terminal.type("not the right one")
    terminal.expect("passphrase is wrong")
    terminal.answer(
        [
            ("Passphrase:", PASSPHRASE),
            ("1. What is wrong?", "Nothing can be bought"),
            ("français:", "Rien ne peut être acheté"),
            ("2. Which components?", "1, 99"),
            ("Type numbers from 1 to 25", "1, 2"),
            ("How are they?", "1"),
            ("3. What do you say?", "We are on it."),
            ("français:", ""),
        ]
    )
    terminal.expect("[en] Nothing can be bought")
    terminal.expect("major outage")
    terminal.expect("Publish this now? [yes/no]")
    assert kit.shown().sequence == 41
    terminal.type("yes")
    terminal.expect("2 of 2 targets show it.")
    assert terminal.end() == 0
    assert PASSPHRASE not in terminal.shown
    incident = kit.shown().incidents[0]
    assert (incident.title.fr, incident.impact) == ("Rien ne peut être acheté", "major")
    assert len(incident.component_ids) == 2


@pytest.mark.slow
def test_no_is_no(kit: Kit) -> None:
    terminal = Terminal(kit, "component", "Cards", "major")
    terminal.answer([("Passphrase:", PASSPHRASE), ("Publish this now?", "n")])
    terminal.expect("Nothing was published.")
    assert terminal.end() == 1
    assert kit.shown().sequence == 41


@pytest.mark.slow
def test_who_is_second_is_told_and_asked_again(kit: Kit) -> None:
    terminal = Terminal(kit, "post", "--title", "Down", "--en", "Second.")
    terminal.answer([("Passphrase:", PASSPHRASE)])
    terminal.expect("Publish this now?")
    assert kit.run("post", "--title", "Faster", "--en", "First.", "--yes").status == 0
    terminal.type("yes")
    terminal.expect("nothing was overwritten")
    terminal.answer([("look at yours again?", "yes"), ("Publish this now?", "yes")])
    terminal.expect("2 of 2 targets show it.")
    assert terminal.end() == 0
    assert {incident.title.en for incident in kit.shown().incidents} == {"Down", "Faster"}
    assert json.loads((kit.places["main"] / "sequence.json").read_bytes())["sequence"] == 43


@pytest.mark.slow
def test_what_a_person_writes_in_their_editor_is_published_and_the_editor_gets_no_secret(
    kit: Kit, tmp_path: Path
) -> None:
    editor = tmp_path / "my editor"
    editor.write_text(
        f"#!/bin/sh\nenv > {tmp_path}/seen\n"
        "printf '[title en]\\nDown\\n[en]\\nWritten by hand.\\n[fr]\\nÉcrit.\\n' > \"$1\"\n"
    )
    editor.chmod(0o700)
    secrets = {"EMERGENCY_PASSPHRASE": PASSPHRASE, "EMERGENCY_MAIN_SECRET_ACCESS_KEY": "hidden"}
    terminal = Terminal(kit, "post", "--component", "Cards=major", EDITOR=f"'{editor}'", **secrets)
    terminal.answer([("Publish this now?", "yes")])
    terminal.expect("2 of 2 targets show it.")
    assert terminal.end() == 0
    incident = kit.shown().incidents[0]
    assert (incident.title.en, incident.updates[0].body.fr) == ("Down", "Écrit.")
    seen = (tmp_path / "seen").read_text()
    assert "EDITOR=" in seen
    assert "EMERGENCY_" not in seen


@pytest.mark.slow
@pytest.mark.parametrize(("editor", "sentence"), [("false", "failed"), ("true", "at least one language")])
def test_an_editor_that_fails_or_is_closed_without_a_word_publishes_nothing(
    kit: Kit, editor: str, sentence: str
) -> None:
    terminal = Terminal(kit, "post", EDITOR=editor, EMERGENCY_PASSPHRASE=PASSPHRASE)
    terminal.expect(sentence)
    assert terminal.end() == 1
    assert kit.shown().sequence == 41


@pytest.mark.slow
def test_init_asks_for_everything_and_makes_the_folder(kit: Kit, tmp_path: Path) -> None:
    """Its page is served where customers read it, so that nobody has to know the page's id."""
    made = tmp_path / "made"
    with serving(files_of(make_published())) as site:
        terminal = Terminal(kit, "init", "--out", str(made))
        terminal.answer(
            [
                ("public address of the page:", site.url.rstrip("/")),
                ("Name of the target:", ""),
                ("Its kind:", "2"),
                ("absolute path", "not/absolute"),
                ("Private folder", ""),
                ("Name of the target:", "main"),
                ("Its kind:", "directory"),
                ("absolute path", str(kit.places["main"])),
                ("Private folder", ""),
                ("Another target?", "no"),
                ("send mail to subscribers by?", "no"),
                ("A passphrase", "short"),
                ("A passphrase", PASSPHRASE),
                ("once more:", PASSPHRASE),
            ]
        )
        terminal.expect("Give them to the application:")
        assert terminal.end() == 0
    vault = opened((made / "sealed.age").read_bytes(), PASSPHRASE)
    assert (vault.page_id, vault.application_key) == ("page00000000", APPLICATION.public)
    assert [place.name for place in vault.targets] == ["main"]
