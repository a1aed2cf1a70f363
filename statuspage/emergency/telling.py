"""Tells everybody on all channels at once, shows how far that is, and says what came of it.

Interrupted, it finishes the messages in hand, and the account that the application reads is left complete.
"""

import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from statuspage.emergency.desk import Desk
from statuspage.emergency.journal import Journal
from statuspage.emergency.sending import Caller, Mailer, Run, Sender
from statuspage.emergency.sharing import Sharing, TakenOver, taken_over
from statuspage.emergency.trouble import Trouble
from subscribers.channels import CHANNELS
from subscribers.channels.base import ChannelDown, Means, Message

DONE, FAILED, PARTLY, INTERRUPTED = 0, 1, 3, 130
# Seconds between two lines of progress: on a terminal, and where a script reads them.
_OFTEN, _RARELY = 1.0, 10.0
_REASONS = 10


class _Lane(threading.Thread):
    """One channel at work; `error` is why it stopped early."""

    def __init__(self, channel: str, run: Run, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.channel = channel
        self.run_ = run
        self.error: BaseException | None = None
        self._stop_ = stop
        self._language = get_language() or "en"

    def run(self) -> None:
        try:
            with override(self._language):
                self.run_()
        except BaseException as error:
            self.error = error
            if not isinstance(error, ChannelDown):
                self._stop_.set()


def tell(
    desk: Desk,
    lines: Mapping[str, Mapping[str, deque[Message]]],
    means: Means,
    journal: Journal,
    sharing: Sharing,
    connections: int,
) -> int:
    """Tells all of them; gives the exit status. Raises Trouble, KeyboardInterrupt."""
    stop = threading.Event()
    mailer = Mailer(means, journal, _clock, connections, stop)
    senders: dict[str, Sender] = {
        channel: mailer if channel == "email" else Caller(channel, means, journal, _clock, stop)
        for channel in CHANNELS
    }
    lanes = [
        _Lane(channel, Run(lines[channel], send, sharing, _clock, stop), stop)
        for channel, send in senders.items()
        if lines.get(channel)
    ]
    for lane in lanes:
        lane.start()
    try:
        _watch(lanes)
    except KeyboardInterrupt:
        stop.set()
        desk.console.warn("\n" + _("Stopping: what is going out is finished first."))
        raise
    finally:
        for lane in lanes:
            lane.join()
        mailer.close()
        sharing.finish()
    return _report(desk, lanes, sharing)


def _clock() -> datetime:
    return datetime.now(UTC)


def _watch(lanes: list[_Lane]) -> None:
    often = sys.stderr.isatty()
    shown = time.monotonic()
    while any(lane.is_alive() for lane in lanes):
        for lane in lanes:
            lane.join(0.1)
        if time.monotonic() - shown >= (_OFTEN if often else _RARELY):
            shown = time.monotonic()
            sys.stderr.write(("\r" if often else "") + _progress(lanes) + ("   " if often else "\n"))
            sys.stderr.flush()
    if often:
        sys.stderr.write("\r" + _progress(lanes) + "   \n")


def _progress(lanes: list[_Lane]) -> str:
    tallies = [lane.run_.tally for lane in lanes]
    said = {
        "sent": sum(each.sent for each in tallies),
        "total": sum(each.total for each in tallies),
        "refused": sum(each.refused for each in tallies),
        "waiting": sum(each.waiting for each in tallies),
    }
    return _("%(sent)d of %(total)d told, %(refused)d refused, %(waiting)d to be tried again") % said


def _report(desk: Desk, lanes: list[_Lane], sharing: Sharing) -> int:
    tallies = [lane.run_.tally for lane in lanes]
    sent, refused = sum(each.sent for each in tallies), sum(each.refused for each in tallies)
    missed = sum(each.total for each in tallies) - sent - refused
    desk.log("told", sent=sent, refused=refused, missed=missed)
    sentence = ngettext("%(count)d message was sent.", "%(count)d messages were sent.", sent)
    desk.console.say("\n".join([sentence % {"count": sent}, *_by_channel(lanes)]))
    _say_reasons(desk, lanes, refused, missed)
    _say_sharing(desk, sharing)
    for lane in lanes:
        _explain(lane.error)
    if missed or any(lane.error for lane in lanes):
        return PARTLY if sent else FAILED
    return DONE


def _by_channel(lanes: list[_Lane]) -> Iterator[str]:
    """How far each channel came, where there are several."""
    for lane in lanes if len(lanes) > 1 else ():
        tally = lane.run_.tally
        said = {"channel": _(CHANNELS[lane.channel].label), "sent": tally.sent, "total": tally.total}
        yield "  " + _("%(channel)s: %(sent)d of %(total)d") % said


def _say_reasons(desk: Desk, lanes: list[_Lane], refused: int, missed: int) -> None:
    reasons: Counter[str] = sum((lane.run_.tally.reasons for lane in lanes), Counter())
    if refused:
        sentence = ngettext("%(count)d was refused for good:", "%(count)d were refused for good:", refused)
        desk.console.warn(sentence % {"count": refused})
    for reason, number in reasons.most_common(_REASONS):
        desk.console.warn(f"  {number} × {_(reason) if reason else '?'}")
    for down in dict.fromkeys(lane.run_.tally.down for lane in lanes if isinstance(lane.error, ChannelDown)):
        desk.console.warn(_("Nothing more can be sent there now: %(reason)s") % {"reason": down})
    if missed:
        sentence = ngettext("%(count)d was not sent.", "%(count)d were not sent.", missed)
        desk.console.warn(sentence % {"count": missed} + " " + _("“notify” goes on where this ended."))


def _say_sharing(desk: Desk, sharing: Sharing) -> None:
    if not sharing.nowhere:
        return
    for name, trouble in sharing.troubles.items():
        desk.console.warn(
            _("The journal could not be left at %(target)s: %(reason)s") % {"target": name, "reason": trouble}
        )
    desk.console.warn(
        _(
            "The application will not know whom this tool told. When it returns, give it the journal first: "
            "manage.py import_emergency TARGET --journal work/journal.jsonl"
        )
    )


def _explain(error: BaseException | None) -> None:
    """Raises Trouble for what a person must know beside the numbers."""
    if isinstance(error, TakenOver):
        raise taken_over()
    if isinstance(error, Trouble):
        raise error
    if error is not None and not isinstance(error, ChannelDown):
        raise error
