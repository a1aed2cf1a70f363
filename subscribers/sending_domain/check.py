"""Looks at everything that mail needs to arrive: once the way out and back, and each domain that sends.

Where the DNS does not answer, nothing is said to be in order, or wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from django.utils.translation import gettext as _

from subscribers.channels.base import Means
from subscribers.channels.server import Server
from subscribers.sending_domain import Finding, records, unknown, visible
from subscribers.sending_domain import relay as ways
from subscribers.sending_domain.names import Address, Names, NamesDown


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at: `senders` ("Name <address>"), and the `addresses` that mail is known to leave from."""

    means: Means
    senders: tuple[str, ...]
    bounce_url: str
    addresses: tuple[Address, ...]
    selector: str
    now: datetime


def check(question: Question, names: Names) -> Iterator[tuple[str, list[Finding]]]:
    """Headings and what was found under each."""
    means = question.means
    domains = sorted({_domain(sender) for sender in question.senders})
    envelope = _domain(means.mailbox or means.mail_from)
    relay, addresses = _addresses(question, names)
    sure = bool(question.addresses)
    yield (
        _("Sending"),
        [
            *ways.relay(means.mail_url, domains[0], question.now),
            *_asked("PTR", lambda: ways.reverse(addresses, sure, names)),
        ],
    )
    yield (
        _("Mail that comes back"),
        _asked("MX", lambda: ways.mailbox(question.bounce_url, means.mailbox, names)),
    )
    for domain in domains:
        yield domain, _of_domain(question, domain, envelope, (relay, addresses, sure), names)
    if envelope not in domains:
        spf = _asked("SPF", lambda: [records.spf(envelope, relay, addresses, sure, names)])
        yield _("%(domain)s, where mail that comes back goes") % {"domain": envelope}, spf


def _of_domain(
    question: Question, domain: str, envelope: str, way: tuple[str, Sequence[Address], bool], names: Names
) -> list[Finding]:
    signer = question.means.dkim
    signed = bool(question.selector or (signer and signer.covers(domain)))
    found = []
    # SPF is asked of the domain that bounces go to.
    if envelope == domain or not question.means.mailbox:
        found += _asked("SPF", lambda: [records.spf(domain, *way, names)])
    found += _asked("DKIM", lambda: [records.dkim(domain, signer, question.selector, names)])
    from_there = envelope if question.means.mailbox else domain
    return found + _asked("DMARC", lambda: [records.dmarc(domain, from_there, signed, names)])


def _asked(topic: str, ask: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return ask()
    except NamesDown as down:
        return [unknown(topic, _("The DNS does not answer: %(what)s") % {"what": visible(str(down))})]


def _addresses(question: Question, names: Names) -> tuple[str, Sequence[Address]]:
    """The host of the relay, and where mail leaves from: as it was said, else where the relay is."""
    try:
        relay = Server.parse(question.means.mail_url).host
        found = question.addresses or [at for at in names.addresses(relay) if at.is_global]
    except (ValueError, NamesDown):
        return "", question.addresses
    return relay, found


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2].lower()
