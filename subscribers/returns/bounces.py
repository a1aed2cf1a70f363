"""Does what the mailbox asks: addresses that are gone are suppressed, who wants to leave is let go.

Whoever writes to the mailbox is a stranger. They reach one subscriber only, whose mail or whose token for
leaving they show: both are secrets between us and the recipient.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import OperationalError, transaction

from subscribers import outbox, signup, suppression, tokens
from subscribers.models import Delivery, Subscriber, Suppression
from subscribers.returns.imap import Box, Mark
from subscribers.returns.parsing import Kind, Report, parse
from subscribers.returns.refusals import Fault, judge

log = logging.getLogger(__name__)

# Messages of one visit.
LIMIT = 200
# A report speaks of one mail; of so many marks in it the first are looked up.
_MARKS = 10


def collect(box: Box, delete: bool, clock: Callable[[], datetime], limit: int = LIMIT) -> Counter[Kind]:
    """Do what the unread messages ask and mark them read, or delete what was understood.

    Returns how many there were of each kind. Raises MailboxDown, and OperationalError where
    the database is away: what is left is unread still.
    """
    kinds: Counter[Kind] = Counter()
    for name, raw in box.unread(limit):
        kind = _act_whatever_it_is(raw, clock())
        done = Mark.DELETED if delete else Mark.DONE
        box.mark(name, Mark.FOR_PEOPLE if kind == Kind.UNKNOWN else done)
        kinds[kind] += 1
    return kinds


def _act_whatever_it_is(raw: bytes, now: datetime) -> Kind:
    try:
        return act(parse(raw), now)
    except OperationalError:
        raise
    except Exception:  # one that cannot be handled must not hold up the others for ever
        log.exception("A message in the mailbox cannot be handled.")
        return Kind.UNKNOWN


@transaction.atomic
def act(report: Report, now: datetime) -> Kind:
    """Do what a report asks. Returns what it was: unknown where it means nobody of ours."""
    if report.kind == Kind.LEAVE:
        return _let_go(report, now)
    if report.kind not in (Kind.RETURNED, Kind.COMPLAINT):
        return report.kind
    mail = _mail(report)
    subscriber = mail.subscriber if mail else _by_token(report)
    if subscriber is None:
        return Kind.UNKNOWN
    signup.hold([subscriber.public_id], [subscriber.address])
    if report.kind == Kind.RETURNED:
        return _returned(report, mail, subscriber, now)
    if subscriber.channel == suppression.CHANNEL:
        suppression.suppress(subscriber.address, Suppression.Reason.COMPLAINED, report.said, now)
    return Kind.COMPLAINT


def _returned(report: Report, mail: Delivery | None, subscriber: Subscriber, now: datetime) -> Kind:
    said = report.said or report.status
    if mail and not outbox.returned(mail.notice.public_id, subscriber.public_id, said, now):
        return Kind.NOISE  # told before
    # A last word: its contact is whoever the subscriber names, by now perhaps somebody else.
    if subscriber.channel != suppression.CHANNEL:
        return Kind.RETURNED
    fault = judge(report.said, report.status)
    if fault == Fault.ADDRESS and subscriber.address in report.about:
        suppression.suppress(subscriber.address, Suppression.Reason.BOUNCED, said, now)
    elif fault != Fault.OTHER:  # perhaps one of several readers behind the address
        suppression.came_back(subscriber.public_id, said, now)
    return Kind.RETURNED


def _mail(report: Report) -> Delivery | None:
    """The one mail of ours that a report speaks of; None where it names none, or those of several."""
    found: dict[int, Delivery] = {}
    for notice_id, subscriber_id in report.mails[:_MARKS]:
        mails = Delivery.objects.filter(
            notice__public_id=notice_id, subscriber__public_id=subscriber_id, channel=suppression.CHANNEL
        )
        secret = ("subscriber__secret", "subscriber__previous_secret")
        for mail in mails.select_related("subscriber", "notice").defer(*secret):
            found.setdefault(mail.subscriber_id, mail)
    return next(iter(found.values())) if len(found) == 1 else None


def _by_token(report: Report) -> Subscriber | None:
    """By the link for leaving in the headers of a mail, where a relay gave it another id."""
    ids = {id_ for token in report.tokens[:_MARKS] if (id_ := _opened(token))}
    found = Subscriber.objects.filter(public_id__in=ids, channel=suppression.CHANNEL)
    meant = list(found.defer("secret", "previous_secret")[:2])
    return meant[0] if len(meant) == 1 else None


def _let_go(report: Report, now: datetime) -> Kind:
    left = [signup.leave(id_, now) for token in report.tokens[:1] if (id_ := _opened(token))]
    return Kind.LEAVE if left and left[0] else Kind.UNKNOWN


def _opened(token: str) -> str:
    try:
        return tokens.read_leaving(token)
    except tokens.TokenRefused:
        return ""
