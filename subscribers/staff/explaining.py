"""Why a delivery failed, in words: what happened, and what staff can do. Pure but for the reader's language.

What is not known is told as it was said: an explanation never guesses.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from monitors.reasons import SENTENCES, Reason
from subscribers.outbox import PERHAPS_SENT
from subscribers.returns import refusals
from subscribers.returns.refusals import Fault

MAIL = "email"
_HTTP = re.compile(r"HTTP (\d{3})")
_BROKEN = re.compile(r"\w*(Error|Exception|Invalid|Configured)\b")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Message ids: what happened, and what to do about it."""

    what: str
    do: str


_RECEIVER = gettext_noop("Nothing here: it is the receiver’s to mend. Try again when they say that it works.")
_AGAIN = gettext_noop("Try again; if it goes on, ask whoever runs the other side.")
_OURS = gettext_noop("This is a fault of ours, not theirs: read the log of the worker, then try again.")

_STATUSES = {
    (400, 422): Explanation(
        gettext_noop("The receiver did not accept what was sent."),
        gettext_noop("The receiver reads another format. It can be changed on the subscriber’s own page."),
    ),
    (401, 403): Explanation(gettext_noop("The receiver does not let us in."), _RECEIVER),
    (404, 410): Explanation(
        gettext_noop("The address is no longer there."),
        gettext_noop("Nothing: the receiver was taken away. Who wants to be told subscribes a new address."),
    ),
    (429,): Explanation(gettext_noop("The receiver gets too much at once."), _AGAIN),
    range(300, 400): Explanation(
        gettext_noop("The address leads to another one, and redirects are not followed."),
        gettext_noop("Subscribe the address that it leads to."),
    ),
    range(500, 600): Explanation(gettext_noop("The receiver itself has failed."), _RECEIVER),
}
_NETWORK = Explanation(gettext_noop("The receiver could not be reached, as often as it was tried."), _AGAIN)
_TLS = Explanation(gettext_noop("The receiver’s certificate is not in order."), _RECEIVER)
_PRIVATE = Explanation(
    gettext_noop("The address is in a private network, which nothing here may reach."),
    gettext_noop("If it is yours, name its network in WEBHOOK_ALLOW, then try again."),
)
_FAULTS = {
    Fault.ADDRESS: Explanation(
        gettext_noop("Nobody is at this address."),
        gettext_noop("Nothing: the address is on the suppression list. Lift it there if it exists again."),
    ),
    Fault.MAILBOX: Explanation(
        gettext_noop("The mailbox takes nothing just now: it is full, or switched off."),
        gettext_noop("Try again in some days."),
    ),
    Fault.OTHER: Explanation(
        gettext_noop("The mail server did not accept our mail."),
        gettext_noop(
            "Read its own words. Often the sending domain is the cause: check SPF, DKIM and DMARC, and "
            "whether the sender is on a block list."
        ),
    ),
}
_PARKED = Explanation(
    gettext_noop("The program that sends stopped every time it came to this one."),
    gettext_noop("Read the log of the worker for the cause before you try again: it may stop once more."),
)
_PERHAPS = Explanation(
    gettext_noop("The emergency tool may have sent this while the application was away."),
    gettext_noop("Try again only if you know that it did not arrive: else they get it twice."),
)
_OWN_FAULT = Explanation(gettext_noop("The message could not be written."), _OURS)
_UNKNOWN = Explanation(gettext_noop("It was not accepted."), _AGAIN)
_BY_SENTENCE = {
    SENTENCES[Reason.TLS]: _TLS,
    SENTENCES[Reason.TLS_EXPIRED]: _TLS,
    SENTENCES[Reason.TLS_NAME]: _TLS,
    SENTENCES[Reason.TLS_UNTRUSTED]: _TLS,
    SENTENCES[Reason.FORBIDDEN]: _PRIVATE,
    gettext_noop("Its sender stopped five times while sending it."): _PARKED,
    PERHAPS_SENT: _PERHAPS,
}


def explain(channel: str, error: str) -> Explanation:
    """What is behind the error of a delivery on a channel."""
    if error in _BY_SENTENCE:
        return _BY_SENTENCE[error]
    if error in SENTENCES.values():
        return _NETWORK
    if answer := _HTTP.fullmatch(error):
        return _of_status(int(answer[1]))
    if _BROKEN.match(error):
        return _OWN_FAULT
    return _FAULTS[refusals.judge(error)] if channel == MAIL and error else _UNKNOWN


def _of_status(status: int) -> Explanation:
    return next((found for statuses, found in _STATUSES.items() if status in statuses), _UNKNOWN)


def said(error: str) -> str:
    """An error as it is shown: ours in the reader's language, the other side's as it was said."""
    return _(error) if error else ""
