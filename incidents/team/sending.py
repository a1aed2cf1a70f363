"""Sends the team what is due: each channel in a thread of its own, so that one that hangs holds up nobody.

Nor does it hold up subscribers' notices: the tick that begins a thread does not wait for it.
"""

import logging
import random
import threading
from datetime import datetime, timedelta

from django.db import OperationalError, connection
from django.utils.translation import gettext_noop

from incidents.models import TeamChannel, TeamMessage
from incidents.team import outbox, wire
from incidents.team.said import Said, both, said
from incidents.team.wire import Letter, Way
from monitors.ids import public_id
from subscribers.channels.base import Clock, Outcome, Result
from subscribers.channels.chat_card import Tone

log = logging.getLogger(__name__)

# After this long nothing new is begun for a channel: the next tick sees to it.
TURN = timedelta(seconds=8)
# Channels at once in a process, each with a connection to the database.
AT_ONCE = 6
_busy: set[int] = set()
_guard = threading.Lock()


def begin(now: datetime, clock: Clock, way: Way) -> list[threading.Thread]:
    """Begin sending to every channel that is due and that this process is not busy with already."""
    begun = []
    for channel in outbox.due(now):
        with _guard:
            if channel in _busy or len(_busy) >= AT_ONCE:
                continue
            _busy.add(channel)
        thread = threading.Thread(
            target=_lane, args=(channel, clock, way), name=f"team channel {channel}", daemon=True
        )
        thread.start()
        begun.append(thread)
    return begun


def _lane(channel: int, clock: Clock, way: Way) -> None:
    try:
        run(channel, clock, way, clock() + TURN)
    except OperationalError as error:
        log.warning("Telling the team waits for the database: %s", error)
    except Exception as error:  # its words may hold the address, which is a secret
        log.error("Team channel %s failed: %s", channel, type(error).__name__)
    finally:
        connection.close()
        with _guard:
            _busy.discard(channel)


def run(channel: int, clock: Clock, way: Way, until: datetime) -> int:
    """Send one channel what is due, oldest first. Returns how many were sent."""
    sent = 0
    while clock() < until and (message := outbox.claim(channel, clock())):
        outcome = _attempt(message, way, clock)
        outbox.record(message, outcome, clock(), random.uniform(0.9, 1.1))  # noqa: S311 (spreads retries)
        sent += outcome.result == Result.SENT
    return sent


def _attempt(message: TeamMessage, way: Way, clock: Clock) -> Outcome:
    try:
        return wire.send(_letter(message), way, clock)
    except OperationalError:
        raise
    except Exception as error:  # whatever is wrong with this one must not stop the others
        log.error("Team message %s cannot be made: %s", message.pk, type(error).__name__)
        return Outcome(0, Result.BROKEN, type(error).__name__)


def _letter(message: TeamMessage) -> Letter:
    """A message as it is sent. Raises where its channel's secrets cannot be read."""
    channel, values = message.channel, message.values
    return Letter(
        key=message.key,
        event=message.event,
        values=Said(title=values["title"], text=values["text"], url=values["url"], tone=values["tone"]),
        page=values["page"],
        time_zone=values["time_zone"],
        created_at=message.created_at,
        attempt=message.attempts,
        service=channel.service,
        url=channel.url,
        secret=channel.secret,
        language=channel.language,
    )


def test(channel: TeamChannel, way: Way, clock: Clock) -> Outcome:
    """Tell one channel at once that it is reached, or why not; it remembers that as of any other message."""
    outcome = _attempt(_greeting(channel, clock()), way, clock)
    outbox.heard(channel.pk, outcome, clock())
    return outcome


def _greeting(channel: TeamChannel, now: datetime) -> TeamMessage:
    values = said(
        both(gettext_noop("A test of the team’s channel “%(name)s”"), name=channel.name),
        both(gettext_noop("Messages arrive here. Nothing has happened.")),
        tone=Tone.OVER,
    )
    page = channel.page
    about = {"page": page.name if page else "", "time_zone": page.time_zone if page else "Etc/UTC"}
    return TeamMessage(
        channel=channel,
        key=f"test:{public_id()}",
        event="test",
        values=values | about,
        attempts=1,
        created_at=now,
    )
