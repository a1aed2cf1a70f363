"""The way of every command that changes the page: read, change, preview, a yes, publish.

The release it makes is higher than all that was read; whoever is second is told so, reads anew and is
asked again. What was agreed to and what came of it are in the log before and after.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.lifecycle import NotAllowed
from statuspage.document import as_json
from statuspage.emergency import changes, places, preview, publishing, source, told, typed
from statuspage.emergency.changes import NoSuch
from statuspage.emergency.desk import Desk
from statuspage.emergency.publishing import Outcome
from statuspage.emergency.source import Reading
from statuspage.emergency.trouble import Trouble
from statuspage.render.documents import compact
from statuspage.snapshot import Snapshot

Change = Callable[[Snapshot, datetime], Snapshot]
DONE, FAILED, PARTLY = 0, 1, 3
VALID_FOR = "4h"
_ODD = timedelta(minutes=5)
_FRESH = timedelta(seconds=30)


def add(parser: ArgumentParser) -> None:
    """The options of every command that changes the page."""
    source.add(parser)
    parser.add_argument(
        "--valid-for",
        default=VALID_FOR,
        metavar="TIME",
        help=_("how long this stands, such as 90m or 1d: the next update is promised by then (default 4h)"),
    )
    parser.add_argument("--dry-run", action="store_true", help=_("show what would change, and stop"))


def perform(
    given: Namespace, desk: Desk, change: Change, did: str, reading: Reading | None = None, **said: Any
) -> int:
    """Does one change of the page; gives the exit status. Raises Trouble.

    What was read already is used while it is fresh: asking a dead target costs a quarter of a minute.
    """
    valid = typed.length(given.valid_for)
    while True:
        if reading is None or desk.now() - reading.at > _FRESH:
            reading = source.reading(given, desk)
        held, before = reading.told, reading.snapshot
        now = _clock(desk, before)
        sequence = publishing.next_sequence(desk.vault, reading.best, held, trust=given.trust)
        after = changes.framed(_changed(change, before, now), sequence=sequence, now=now, until=now + valid)
        desk.console.say(preview.of(before, after, [each.where for each in held]))
        if given.dry_run:
            desk.console.say(_("Nothing was published (--dry-run)."))
            return DONE
        if not desk.console.agreed(_("Publish this now?")):
            desk.console.say(_("Nothing was published."))
            return FAILED
        desk.log("agreed", what=did, sequence=sequence, until=after.good_until.isoformat(), **said)
        outcomes = publishing.publish(desk.vault, held, after, trust=given.trust, patience=given.patience)
        report(desk, outcomes, sequence)
        _keep(desk, after, outcomes)
        if not _again(desk, outcomes):
            return status_of(outcomes)
        reading = None


def until(now: datetime, given: Namespace) -> datetime:
    """When the next update is promised. Raises Trouble."""
    return now + typed.length(given.valid_for)


def _changed(change: Change, before: Snapshot, now: datetime) -> Snapshot:
    try:
        return change(before, now)
    except NotAllowed as error:
        raise Trouble(
            _("This cannot follow what was said before (%(reason)s).") % {"reason": error},
            _("“show” tells where the incident is."),
        ) from None
    except NoSuch as error:
        raise Trouble(_("The page has no “%(name)s” any more.") % {"name": error}) from None
    except ValueError:
        raise Trouble(
            _("An incident that is over leaves every component operational."),
            _("Leave out the components, or give the update another status."),
        ) from None


def _clock(desk: Desk, before: Snapshot) -> datetime:
    """Now, but never before what the page says already."""
    now = desk.now()
    if before.generated_at - now > _ODD:
        desk.console.warn(_("This machine’s clock is behind: the page says a later time. Please check it."))
    return max(now, before.generated_at)


def report(desk: Desk, outcomes: Sequence[Outcome], sequence: int) -> None:
    """Says and logs what came of each target. Raises Trouble."""
    for outcome in outcomes:
        if outcome.trouble is None:
            desk.log("published", target=outcome.target, sequence=sequence, files=outcome.written)
            said = {"target": outcome.target, "count": outcome.written, "sequence": sequence}
            desk.console.say("✓ " + _("%(target)s: published, release %(sequence)d") % said)
        else:
            desk.log("failed", target=outcome.target, sequence=sequence, reason=outcome.trouble.sentence)
            desk.console.warn(f"✗ {outcome.target}: {outcome.trouble.sentence}")
            if outcome.trouble.advice:
                desk.console.warn(f"  → {outcome.trouble.advice}")
        for warning in outcome.warnings:
            desk.console.warn(f"  ! {outcome.target}: {warning}")
    done = sum(outcome.trouble is None for outcome in outcomes)
    sentence = ngettext(
        "%(done)d of %(count)d target shows it.", "%(done)d of %(count)d targets show it.", len(outcomes)
    )
    desk.console.say(sentence % {"done": done, "count": len(outcomes)})


def _keep(desk: Desk, after: Snapshot, outcomes: Sequence[Outcome]) -> None:
    if any(outcome.trouble is None for outcome in outcomes):
        document = compact(as_json(after))
        signature = desk.vault.signer.sign(document)
        places.keep(desk, told.judged(desk.vault, "", document, signature))


def _again(desk: Desk, outcomes: Sequence[Outcome]) -> bool:
    """Whether to read anew and ask again."""
    failed = [outcome for outcome in outcomes if outcome.trouble]
    if not failed or desk.console.yes or not desk.console.can_ask:
        return False
    if any(outcome.superseded for outcome in failed):
        question = _("Read what they said and look at yours again?")
    else:
        question = _("Try again?")
    return desk.console.agreed(question)


def status_of(outcomes: Sequence[Outcome]) -> int:
    """The exit status: 0 where every target shows it, 3 where some do."""
    done = [outcome for outcome in outcomes if outcome.trouble is None]
    if len(done) == len(outcomes) and done:
        return DONE
    return PARTLY if done else FAILED
