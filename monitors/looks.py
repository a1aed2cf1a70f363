"""How staff see a monitor: how it stands and since when, why in words, what stands behind it, each region.

A monitor comes with its page, verdict, the root of that and its region rows; `facts` of its newest failures,
by region, fill the sentences where `evidence.facts_of` has read them.
"""

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, pgettext

from monitors.models import EPOCH, Monitor, RegionVerdict
from monitors.probes import PROBES
from monitors.showing import badge, moment
from monitors.state import Verdict
from monitors.status import Status
from monitors.told import why

# Characters of a setting that are shown in a list.
LONGEST = 120
TONES = {
    Verdict.UP.value: Status.OPERATIONAL,
    Verdict.DEGRADED.value: Status.DEGRADED_PERFORMANCE,
    Verdict.DOWN.value: Status.MAJOR_OUTAGE,
    Verdict.UNKNOWN.value: Status.UNKNOWN,
}
Facts = Mapping[str, tuple[str, Mapping[str, str]]]


def state(monitor: Monitor) -> SafeString:
    """What a monitor says and since when, and why; below, what each region last saw, one line each."""
    reason = _reason(monitor)
    lines = [*_behind(monitor), *_paused(monitor), *_tagged(monitor)]
    return format_html(
        "{}{}{}",
        said(monitor),
        format_html('<div class="why">{}</div>', reason) if reason else "",
        format_html_join("", '<div class="soft">{}</div>', [(line,) for line in [*lines, regions(monitor)]]),
    )


def said(monitor: Monitor) -> SafeString:
    """How it stands and since when, as a badge."""
    verdict = getattr(monitor, "verdict", None)
    zone = monitor.page.time_zone
    if not monitor.enabled:
        until = monitor.paused_until
        label = (
            gettext("Paused until %(time)s") % {"time": moment(until, zone)} if until else gettext("Paused")
        )
        return badge(Status.UNDER_MAINTENANCE, label)
    if verdict is None:
        return badge(Status.UNKNOWN, gettext("Not checked yet"))
    words = {
        Verdict.UP.value: gettext("Up since %(time)s"),
        Verdict.DEGRADED.value: gettext("Degraded since %(time)s"),
        Verdict.DOWN.value: gettext("Down since %(time)s"),
        Verdict.UNKNOWN.value: gettext("Unknown since %(time)s"),
    }
    return badge(TONES[verdict.verdict], words[verdict.verdict] % {"time": moment(verdict.since, zone)})


def _reason(monitor: Monitor) -> str:
    """Why it is not up, where that is known."""
    verdict = getattr(monitor, "verdict", None)
    if not monitor.enabled or verdict is None or verdict.verdict == Verdict.UP:
        return ""
    if verdict.reason:
        return filled(monitor, verdict.reason)
    rows = monitor.region_verdicts.all()
    if rows and all(row.verdict == Verdict.SILENT for row in rows):
        return gettext("No results come: does a worker run for the region?")
    return ""


def filled(monitor: Monitor, reason: str, region: str = "") -> str:
    """The sentence of a reason with what was met: in one region, or in any that gave it."""
    facts: Facts = getattr(monitor, "facts", {})
    for name, (code, said_there) in facts.items():
        if code == reason and region in ("", name):
            return why(reason, said_there)
    return why(reason)


def _behind(monitor: Monitor) -> Iterable[SafeString]:
    verdict = getattr(monitor, "verdict", None)
    root = verdict.root if verdict and monitor.enabled else None
    if root:
        link = format_html(
            '<a href="{}">{}</a>', reverse("admin:monitors_monitor_change", args=[root.pk]), root
        )
        yield format_html("{} {}", gettext("Not told as down, because this one is down:"), link)


def _paused(monitor: Monitor) -> Iterable[SafeString]:
    if not monitor.enabled and monitor.pause_reason:
        yield format_html("{}", monitor.pause_reason)


def _tagged(monitor: Monitor) -> Iterable[SafeString]:
    if monitor.tags:
        yield format_html_join(" ", '<span class="tag">{}</span>', [(tag,) for tag in monitor.tags])


def regions(monitor: Monitor) -> SafeString:
    """What each region last saw, one line each; of one alone, without its name."""
    rows = sorted(monitor.region_verdicts.all(), key=lambda row: row.region)
    lines = [(_seen(monitor, row, named=len(rows) > 1),) for row in rows]
    return format_html_join(SafeString("<br>"), "{}", lines)


def _seen(monitor: Monitor, row: RegionVerdict, *, named: bool) -> str:
    zone = monitor.page.time_zone
    parts = [row.region] if named else []
    if row.last_slot == EPOCH:
        parts.append(gettext("nothing yet"))
    else:
        parts += [moment(row.last_slot, zone), *_found(monitor, row)]
    if row.verdict == Verdict.SILENT:
        parts.append(gettext("silent since %(time)s") % {"time": moment(row.since, zone)})
    return " · ".join(parts)


def _found(monitor: Monitor, row: RegionVerdict) -> list[str]:
    found = [pgettext("result of a check", "up") if row.result == Verdict.UP else ""]
    if row.status_code is not None:
        found.append(f"HTTP {row.status_code}")
    if row.duration_ms is not None:
        found.append(gettext("%(number)d ms") % {"number": round(row.duration_ms)})
    verdict = getattr(monitor, "verdict", None)
    # What the line above says already.
    if row.reason and not (verdict and row.reason == verdict.reason and monitor.enabled):
        found.append(filled(monitor, row.reason, row.region))
    return [part for part in found if part]


def watches(monitor: Monitor) -> str:
    """The kind of a monitor and what is special of its settings, on one line; nothing that may be secret."""
    probe = PROBES.get(monitor.kind)
    shown = [
        Truncator(monitor.config.get(field.name)).chars(LONGEST)
        for field in (probe.fields if probe else ())
        if field.lines == 1
        and not field.secret
        and monitor.config.get(field.name) not in (None, field.default)
    ]
    return " · ".join([str(monitor.get_kind_display()), *filter(None, shown)])
