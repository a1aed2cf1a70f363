"""One look at what a monitor would watch, before it is saved: in the web process, under the guard.

It takes at most DEADLINE seconds, and nobody gets more than SHARE of them a minute.
"""

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from monitors.network.guard import Allow
from monitors.probes import PROBES, Outcome
from monitors.probes.base import PHASES
from monitors.reasons import Reason
from monitors.secrets import Settings

DEADLINE = 10
# A probe ends by itself; this is for a machine that comes late.
MARGIN = 5
SHARE = 10
MINUTE = 60
LABELS = {
    "dns": _("Name looked up"),
    "connect": _("Connected"),
    "tls": _("Secured (TLS)"),
    "first_byte": _("Waited for the answer"),
    "transfer": _("Transferred"),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase in milliseconds; `start` and `share` are per mille of the whole, to draw it."""

    label: str
    milliseconds: float
    start: int
    share: int


def may(user_id: int) -> bool:
    """Takes one of somebody's looks of this minute; False where all are taken. All web processes agree."""
    return any(cache.add(f"trial:{user_id}:{number}", 1, MINUTE) for number in range(SHARE))


def seconds(timeout: float) -> float:
    """How long a look may take: as long as a check of the monitor, where nobody waits too long for that."""
    return min(timeout, DEADLINE)


def look(kind: str, settings: Settings, timeout: float, allow: Allow) -> Outcome:
    """Looks once. Raises ConfigError for settings that are not valid."""
    probe = PROBES[kind]
    config = probe.parse(settings.whole, allow)
    outcome: Future[Outcome] = Future()

    async def run() -> None:
        outcome.set_result(await probe.run(config, seconds(timeout), allow, tuple(settings.secrets.values())))

    # A loop of its own in a thread of its own, which nobody waits for: a name server may hold it longer.
    threading.Thread(target=lambda: asyncio.run(run()), name="trial", daemon=True).start()
    try:
        return outcome.result(seconds(timeout) + MARGIN)
    except TimeoutError:
        return Outcome.failed(Reason.OVERLOADED, 1000 * (seconds(timeout) + MARGIN))


def phases(milliseconds: tuple[float, ...]) -> list[Phase]:
    """The phases of a check that took any time, one after the other."""
    whole = sum(milliseconds) or 1.0
    found, past = [], 0.0
    for name, taken in zip(PHASES, milliseconds, strict=False):
        start, share = round(1000 * past / whole), max(round(1000 * taken / whole), 2)
        if taken:
            found.append(Phase(str(LABELS[name]), taken, min(start, 998), share))
        past += taken
    return found
