"""The command line: finds the command, hands it the desk, and says in words what went wrong.

Each command is a module with `add(parser)` and `run(given, desk) -> exit status`; only the one that was
asked for is imported, because a person is waiting.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import NoReturn, Protocol, cast

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from statuspage.emergency.console import Console
from statuspage.emergency.desk import Desk
from statuspage.emergency.standalone import LANGUAGES, language_of
from statuspage.emergency.trouble import Trouble

DONE, FAILED, MISUSED, PARTLY, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {
    "show": ("show", gettext_noop("what the page says now, at each target")),
    "post": ("post", gettext_noop("a new incident")),
    "update": ("update", gettext_noop("one more update of an open incident")),
    "resolve": ("resolve", gettext_noop("the end of an incident")),
    "component": ("component", gettext_noop("the status of a component, outside any incident")),
    "notify": ("notify", gettext_noop("tell the subscribers what was posted")),
    "prepared": ("prepared", gettext_noop("contacts, checklists and templates")),
    "waiting-page": ("waiting", gettext_noop("the pages that load balancers show meanwhile")),
    "rollback": ("rollback", gettext_noop("go back to what an earlier release showed")),
    "drill": ("drill", gettext_noop("rehearse all of it without touching the page")),
    "init": ("init", gettext_noop("make the keys and the sealed folder")),
    "bundle": ("bundle", gettext_noop("renew the code or what is sealed in the folder")),
}
INTERACTIVE = "interactive"


class Command(Protocol):
    """What a module of a command brings."""

    add: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Desk], int]


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        Console().warn(_("This was not understood: %(message)s") % {"message": message})
        self.exit(MISUSED)


def main(argv: list[str]) -> int:
    """Runs one command; gives the exit status."""
    with translation.override(_language(argv)):
        return _guarded(argv)


def _guarded(argv: list[str]) -> int:
    console = Console()
    try:
        return _run(argv)
    except Trouble as trouble:
        console.told(trouble)
        return FAILED
    except KeyboardInterrupt:
        console.warn("\n" + _("Stopped. “show” tells what the page says now."))
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(argv: list[str]) -> int:
    name = argv[0] if argv and not argv[0].startswith("-") else ""
    if argv and argv[0] in ("-h", "--help", "help"):
        Console().say(_overview())
        return DONE
    if name and name not in COMMANDS:
        Console().warn(_("There is no command “%(name)s”.") % {"name": name} + "\n\n" + _overview())
        return MISUSED
    module = COMMANDS[name][0] if name else INTERACTIVE
    command = cast(Command, import_module(f"statuspage.emergency.{module}"))
    parser = _parser(name)
    command.add(parser)
    given = parser.parse_args(argv[1:] if name else argv)
    return command.run(given, Desk(given))


def _parser(name: str) -> ArgumentParser:
    parser = _Parser(
        prog=f"python -m statuspage.emergency {name}".strip(),
        description=_(COMMANDS[name][1]) if name else None,
        allow_abbrev=False,
    )
    parser.add_argument("--bundle", metavar="DIR", help=_("the sealed folder (else the present one)"))
    parser.add_argument("--passphrase-file", metavar="FILE", help=_("a file that holds the passphrase"))
    parser.add_argument("--lang", choices=list(LANGUAGES), help=_("the language of this tool"))
    parser.add_argument("--yes", action="store_true", help=_("ask nothing (for scripts)"))
    return parser


def _overview() -> str:
    lines = [
        _("python -m statuspage.emergency            three questions, a preview, a yes"),
        _("python -m statuspage.emergency COMMAND    one step (COMMAND --help tells its options)"),
        "",
        *(f"  {name:14}{_(meaning)}" for name, (_module, meaning) in COMMANDS.items()),
    ]
    return "\n".join(lines)


def _language(argv: list[str]) -> str:
    for given, following in pairwise([*argv, ""]):
        said = following if given == "--lang" else given.removeprefix("--lang=")
        if given.startswith("--lang") and said in LANGUAGES:
            return said
    return language_of(os.environ)
