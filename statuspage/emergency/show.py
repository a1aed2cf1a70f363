"""`show`: what the page says now: at each target, and in words."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from django.utils.translation import gettext as _

from monitors.status import Status
from statuspage.emergency import preview, publishing, source
from statuspage.emergency.desk import Desk
from statuspage.emergency.source import Reading
from statuspage.emergency.told import Told
from statuspage.render.times import duration
from statuspage.signing import Role
from statuspage.snapshot import Snapshot


def add(parser: ArgumentParser) -> None:
    """Its options."""
    source.add(parser)
    parser.add_argument("--all", action="store_true", help=_("name every component"))


def run(given: Namespace, desk: Desk) -> int:
    """Says it; fails only where nobody tells anything."""
    reading = source.reading(given, desk)
    desk.console.say("\n".join(lines(desk, reading, everything=given.all)))
    return 0


def lines(desk: Desk, reading: Reading, *, everything: bool) -> Iterator[str]:
    """What every target tells, then what the page says."""
    for each in reading.told:
        yield _target(desk, each)
    if reading.best.where not in {each.where for each in reading.told}:
        yield _target(desk, reading.best)
    yield ""
    yield from _page(reading.snapshot, everything=everything)


def _target(desk: Desk, told: Told) -> str:
    if told.snapshot is None:
        reason = told.trouble or _("nothing is published there yet")
        return f"✗ {told.where}: {reason}"
    snapshot = told.snapshot
    age = duration(desk.now() - snapshot.generated_at)
    said = {"where": told.where, "sequence": snapshot.sequence, "age": age, "signer": _signer(told)}
    line = _("%(where)s: release %(sequence)d, %(age)s old, signed by %(signer)s") % said
    stale = desk.now() > snapshot.good_until
    verdict = _("OUT OF DATE: it says so by itself") if stale else _("current")
    until = _("good until %(time)s") % {"time": preview.moment(snapshot, snapshot.good_until)}
    foreign = not publishing.is_ours(desk.vault, told) and not told.signed_by
    warning = "\n  ! " + _("Somebody whom this tool does not know has published there.") if foreign else ""
    return f"{'✗' if stale else '✓'} {line}\n  {verdict}; {until}{warning}"


def _signer(told: Told) -> str:
    names = {
        Role.APPLICATION: _("the application"),
        Role.EMERGENCY: _("the emergency tool"),
        None: _("NOBODY WHOM WE KNOW"),
    }
    return names[told.signed_by]


def _page(snapshot: Snapshot, *, everything: bool) -> Iterator[str]:
    yield f"{snapshot.page.name} · {snapshot.page.url}"
    if snapshot.emergency:
        since = preview.moment(snapshot, snapshot.emergency.since)
        yield _("Posted by emergency procedure since %(time)s.") % {"time": since}
    for incident in snapshot.open_incidents:
        yield "• " + preview.incident(snapshot, incident)
    if not snapshot.open_incidents:
        yield _("No open incident.")
    shown = [each for each in snapshot.components if everything or each.status != Status.OPERATIONAL]
    for component in shown:
        yield "  " + preview.component(component)
    rest = len(snapshot.components) - len(shown)
    if rest:
        yield "  " + _("%(count)d more operational") % {"count": rest}
