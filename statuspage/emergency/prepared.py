"""`prepared`: whom to call, what to do and ready words, as staff left them with the list of subscribers."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from textwrap import indent

from django.utils.translation import gettext as _

from statuspage.emergency import readers, source
from statuspage.emergency.desk import Desk
from statuspage.emergency.kit import Checklist, Contact, Prepared, Template
from statuspage.emergency.preview import word
from statuspage.snapshot import Text


def add(parser: ArgumentParser) -> None:
    """Its options; none of the three shows all of it."""
    parser.add_argument("--contacts", action="store_true", help=_("only whom to call"))
    parser.add_argument("--checklists", action="store_true", help=_("only what to do"))
    parser.add_argument("--templates", action="store_true", help=_("only ready words"))
    source.add_patience(parser)
    readers.add(parser)


def run(given: Namespace, desk: Desk) -> int:
    """Shows it, from the newest list that can be read. Raises Trouble."""
    listed = readers.read(given, desk)
    every = not (given.contacts or given.checklists or given.templates)
    desk.console.say("\n".join(_lines(listed.prepared, given, every=every)))
    return 0


def _lines(prepared: Prepared, given: Namespace, *, every: bool) -> Iterator[str]:
    if every or given.contacts:
        yield from _part(_("WHOM TO CALL"), [_contact(each) for each in prepared.contacts])
    if every or given.checklists:
        yield from _part(_("WHAT TO DO"), [_checklist(each) for each in prepared.checklists])
    if every or given.templates:
        yield from _part(_("READY WORDS"), [_template(each) for each in prepared.templates])


def _part(heading: str, entries: list[list[str]]) -> Iterator[str]:
    yield heading
    if not entries:
        yield "  " + _("Staff prepared nothing.")
    for entry in entries:
        yield from (indent(line, "  ") for line in entry)
    yield ""


def _contact(contact: Contact) -> list[str]:
    name = f"• {contact.name}" + (f" – {contact.role}" if contact.role else "")
    hours = [f"  {contact.hours}"] if contact.hours else []
    where = _("Credentials:")
    keys = [f"  {where} {contact.credentials}"] if contact.credentials else []
    return [name, *(f"  {way}" for way in contact.ways), *hours, *keys]


def _checklist(checklist: Checklist) -> list[str]:
    lines = [word(checklist.name)]
    for item in checklist.items:
        by = _("%(minutes)d min") % {"minutes": item.minutes} if item.minutes is not None else ""
        extra = " · ".join(filter(None, (item.role, by)))
        lines.append(f"  [ ] {word(item.text)}" + (f" ({extra})" if extra else ""))
    return lines


def _template(template: Template) -> list[str]:
    state = " · ".join(filter(None, (template.status, template.impact)))
    lines = [f"• {word(template.name)}" + (f" ({state})" if state else "")]
    for text in (template.title, template.scope, template.body, template.workaround):
        lines += [f"  {language}: {said}" for language, said in _both(text)]
    return lines


def _both(text: Text) -> list[tuple[str, str]]:
    """Both languages: whoever posts needs both."""
    said = (("en", text.en), ("fr", text.fr))
    return [(language, indent(words, "      ").strip()) for language, words in said if words]
