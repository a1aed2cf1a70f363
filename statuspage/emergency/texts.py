"""What is to be said, in English, French or both: from options, a file, standard input or an editor.

A file has sections, each under a line of its own: [title en], [title fr], [en], [fr]. One without any
is the text in the page's own language.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from incidents import words
from incidents.words import PostError
from statuspage.emergency.console import Console
from statuspage.emergency.trouble import Trouble
from statuspage.snapshot import PageInfo, Text

_SECTION = re.compile(r"\[(title )?(en|fr)\]\s*")
_LONGEST = 100_000
NOTHING = Text("")


@dataclass(frozen=True, slots=True)
class Texts:
    """As typed: each may be empty."""

    title: Text = NOTHING
    body: Text = NOTHING


def add(parser: ArgumentParser, *, titled: bool) -> None:
    """The options that say something."""
    if titled:
        parser.add_argument("--title", default="", metavar="TEXT", help=_("the title in English"))
        parser.add_argument("--title-fr", default="", metavar="TEXT", help=_("the title in French"))
    parser.add_argument("--en", default="", metavar="TEXT", help=_("what you say, in English (Markdown)"))
    parser.add_argument("--fr", default="", metavar="TEXT", help=_("what you say, in French (Markdown)"))
    parser.add_argument(
        "--file", metavar="FILE", help=_("a file with sections [title en] [title fr] [en] [fr]; - for stdin")
    )


def given(options: Namespace, console: Console, page: PageInfo, *, titled: bool) -> Texts:
    """What the options say; where they say nothing, what the person writes in an editor.

    Raises Trouble.
    """
    said = Texts(
        Text(getattr(options, "title", ""), getattr(options, "title_fr", "")), Text(options.en, options.fr)
    )
    if options.file:
        said = _over(said, parsed(_read(options.file), page))
    wanting = not (said.body.en or said.body.fr) or (titled and not (said.title.en or said.title.fr))
    if wanting and console.can_ask and not console.yes:
        said = _over(said, parsed(_edited(said, page, titled=titled), page))
    return said


def parsed(content: str, page: PageInfo) -> Texts:
    """What a file says; lines before the first section are left out."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in content.lstrip("\ufeff").splitlines():
        match = _SECTION.fullmatch(line.strip().lower())
        if match:
            current = found.setdefault(f"{match[1] or ''}{match[2]}", [])
        elif current is not None:
            current.append(line)
    if current is None:
        return Texts(body=Text("", content) if page.default_language == "fr" else Text(content))
    said = {name: "\n".join(lines).strip() for name, lines in found.items()}
    return Texts(
        Text(said.get("title en", ""), said.get("title fr", "")), Text(said.get("en", ""), said.get("fr", ""))
    )


def title(text: Text) -> Text:
    """A title fit to be published. Raises Trouble."""
    try:
        made = words.title(text.en, text.fr)
    except PostError as error:
        raise Trouble(_("The title: %(reason)s") % {"reason": error.sentence}) from None
    return Text(made.en, made.fr)


def body(text: Text) -> Text:
    """A text fit to be published. Raises Trouble."""
    try:
        made = words.body(text.en, text.fr)
    except PostError as error:
        raise Trouble(_("The text: %(reason)s") % {"reason": error.sentence}) from None
    return Text(made.en, made.fr)


def _over(first: Texts, second: Texts) -> Texts:
    return Texts(_either(first.title, second.title), _either(first.body, second.body))


def _either(first: Text, second: Text) -> Text:
    return Text(first.en or second.en, first.fr or second.fr)


def _read(path: str) -> str:
    try:
        content = sys.stdin.buffer.read(_LONGEST + 1) if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error
    if len(content) > _LONGEST:
        raise Trouble(_("%(path)s is too long.") % {"path": path})
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Trouble(_("%(path)s is no text in UTF-8.") % {"path": path}) from None


def _edited(said: Texts, page: PageInfo, *, titled: bool) -> str:
    """What the person leaves in their editor."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "update.md"
        path.write_text(_form(said, page, titled=titled))
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        # The keys of the stores are no business of an editor.
        safe = {name: value for name, value in os.environ.items() if not name.startswith("EMERGENCY_")}
        try:
            subprocess.run([*command, str(path)], check=True, env=safe)
        except (OSError, subprocess.CalledProcessError):
            raise Trouble(
                _("The editor “%(editor)s” failed.") % {"editor": command[0]},
                _("Set EDITOR, or give the text with --en and --fr."),
            ) from None
        return path.read_text(errors="replace")


def _form(said: Texts, page: PageInfo, *, titled: bool) -> str:
    lines = [_("Write under the lines in brackets; one language is enough. Save and close to go on."), ""]
    titles, bodies = {"en": said.title.en, "fr": said.title.fr}, {"en": said.body.en, "fr": said.body.fr}
    for language in page.languages:
        if titled:
            lines += [f"[title {language}]", titles.get(language, ""), ""]
    for language in page.languages:
        lines += [f"[{language}]", bodies.get(language, ""), ""]
    return "\n".join(lines)
