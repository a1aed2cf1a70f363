"""The person at the terminal: what is said, what is asked, and what was agreed to.

Nothing that came from elsewhere can move the cursor or hide text: it is made visible first. Secrets
are read without echo and never said.
"""

import getpass
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from monitors.text import JOINERS, TURNING
from statuspage.emergency.trouble import Trouble


def visible(text: str) -> str:
    """The text without what a terminal would obey: escapes, control characters, marks that turn it."""
    return "".join(c for c in text if c in "\n\t" or c in JOINERS or not _obeyed(c))


def _obeyed(character: str) -> bool:
    return character in TURNING or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Console:
    """`yes`: every question whether to go on is answered by it (scripts)."""

    yes: bool = False

    def say(self, text: str = "") -> None:
        """One or more lines."""
        sys.stdout.write(visible(text) + "\n")
        sys.stdout.flush()

    def warn(self, text: str) -> None:
        """One or more lines that no script takes for the answer."""
        sys.stdout.flush()
        sys.stderr.write(visible(text) + "\n")
        sys.stderr.flush()

    def told(self, trouble: Trouble) -> None:
        """What went wrong and what to try next."""
        self.warn(_("Not done: %(reason)s") % {"reason": trouble.sentence})
        if trouble.advice:
            self.warn(f"→ {trouble.advice}")

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str, default: str = "") -> str:
        """A line that the person types, the default for none. Raises Trouble where nobody is there."""
        hint = f" [{default}]" if default else ""
        sys.stdout.write(visible(f"{question}{hint} "))
        sys.stdout.flush()
        try:
            typed = input()
        except EOFError:
            sys.stdout.write("\n")
            raise Trouble(
                _("There is nobody to answer: %(question)s") % {"question": question},
                _("Run it in a terminal, or give the answer as an option (see --help)."),
            ) from None
        return visible(typed).strip() or default

    def choose(self, question: str, choices: Sequence[tuple[str, str]], default: str) -> str:
        """The value of one of (value, what it means), chosen by number or value."""
        self.say(question)
        for number, (_value, meaning) in enumerate(choices, 1):
            self.say(f"  {number}  {meaning}")
        values = [value for value, _meaning in choices]
        while True:
            typed = self.ask("…", str(values.index(default) + 1))
            if typed in values:
                return typed
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(values):
                return values[int(typed) - 1]
            self.say(_("Type a number from 1 to %(last)d.") % {"last": len(values)})

    def secret(self, question: str) -> str:
        """A line that is not shown. Raises Trouble where nobody is there."""
        if not self.can_ask:
            raise Trouble(
                _("There is nobody to type the passphrase or password."),
                _("Scripts give it by --passphrase-file or EMERGENCY_PASSPHRASE_FILE."),
            )
        return getpass.getpass(f"{question} ")

    def agreed(self, question: str) -> bool:
        """Whether the person says yes. Raises Trouble where nobody is there and --yes is not given."""
        if self.yes:
            return True
        if not self.can_ask:
            raise Trouble(_("There is nobody to say yes."), _("Scripts give --yes."))
        answer = self.ask(f"{question} {_('[yes/no]')}").casefold()
        return answer in {"y", "yes", "o", "oui"}
