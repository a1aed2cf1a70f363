"""Upstream page: what somebody else's status page says of one component, or of all that it shows.

It speaks the API of Statuspage, version 2 (https://www.githubstatus.com/api). A page that cannot be read says
nothing of what it tells about: then the monitor is unknown, not down.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from monitors.network.addresses import check_url
from monitors.network.guard import Allow
from monitors.outbound import exchange
from monitors.probes.base import Finding, Probe
from monitors.probes.fields import ConfigError, Field
from monitors.reasons import N_, OutboundError, Reason, UrlRefused

SUMMARY = "/api/v2/summary.json"
# The largest summaries, of pages with hundreds of components, have a few hundred kilobytes.
MOST_BYTES = 1024 * 1024
REDIRECTS = 5
# The part of the deadline that the page has: a machine that comes a little late must not call it down.
PATIENCE = 0.9
DEGRADED, DOWN = "degraded", "down"
# The statuses of a component, and the indicators of a page.
SAID: Mapping[str, Reason | None] = {
    "operational": None,
    "degraded_performance": Reason.UPSTREAM_DEGRADED,
    "partial_outage": Reason.UPSTREAM_PARTIAL,
    "major_outage": Reason.UPSTREAM_MAJOR,
    "under_maintenance": Reason.UPSTREAM_MAINTENANCE,
    "none": None,
    "minor": Reason.UPSTREAM_DEGRADED,
    "major": Reason.UPSTREAM_PARTIAL,
    "critical": Reason.UPSTREAM_MAJOR,
    "maintenance": Reason.UPSTREAM_MAINTENANCE,
}


@dataclass(frozen=True, slots=True)
class UpstreamConfig:
    """Which page, which component of it (none: the page as a whole), and whether a partial outage is down."""

    url: str
    component: str
    partial_is_down: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says: a status, and whose it is."""

    name: str
    status: str


class UpstreamProbe(Probe[UpstreamConfig]):
    """Somebody else's status page says that all is well."""

    kind = "upstream"
    label = N_("Status page of a supplier")
    timed = False
    fields = (
        Field(
            "page",
            N_("Address of the page"),
            N_("A page made with Statuspage, or one that answers like it: https://www.githubstatus.com."),
        ),
        Field(
            "component",
            N_("Component"),
            N_("Its name or its id. Empty: the page as a whole."),
            required=False,
        ),
        Field(
            "partial",
            N_("A partial outage means"),
            N_("A major outage is down in any case; degraded performance and a maintenance are degraded."),
            default=DEGRADED,
            choices=(DEGRADED, DOWN),
            labels=(N_("degraded"), N_("down")),
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> UpstreamConfig:
        """See Probe.read."""
        try:
            url = check_url(_summary(values["page"].strip()), allow)
        except UrlRefused as error:
            raise ConfigError("page", error.sentence) from None
        component = values["component"]
        if component and not (component.isprintable() and component.strip()):
            raise ConfigError("component", N_("Write the name or the id of a component."))
        return UpstreamConfig(url, component.strip(), values["partial"] == DOWN)

    async def look(self, config: UpstreamConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        try:
            answer = await exchange(
                "GET",
                config.url,
                deadline=PATIENCE * deadline,
                allow=allow,
                redirects=REDIRECTS,
                body_bytes=MOST_BYTES,
            )
        except OutboundError as error:
            ours = error.reason is Reason.FORBIDDEN
            return Finding(
                error.reason if ours else Reason.UPSTREAM_SILENT,
                phases=error.phases,
                facts={"cause": error.reason.value},
            )
        phases, excerpt = answer.timings.phases, answer.body.decode(errors="replace")
        if answer.status != 200:
            return Finding(Reason.UPSTREAM_SILENT, answer.status, phases=phases, excerpt=excerpt)
        try:
            said = read_summary(answer.body, config.component)
            reason = SAID[said.status]
        except LookupError:
            return Finding(Reason.UPSTREAM_COMPONENT, answer.status, phases=phases, excerpt=excerpt)
        except ValueError:
            return Finding(Reason.UPSTREAM_SILENT, answer.status, phases=phases, excerpt=excerpt)
        return _finding(config, reason, said, answer.status, phases)


def _finding(
    config: UpstreamConfig, reason: Reason | None, said: Said, status: int, phases: tuple[float, ...]
) -> Finding:
    down = reason is Reason.UPSTREAM_MAJOR or (reason is Reason.UPSTREAM_PARTIAL and config.partial_is_down)
    return Finding(
        reason,
        status,
        degraded=not down,
        phases=phases,
        facts={"name": said.name, "status": said.status},
        excerpt=f"{said.name}: {said.status}",
    )


def _summary(text: str) -> str:
    """Where a page tells what it says, from any address of it that people write down."""
    address = text.partition("#")[0].partition("?")[0].rstrip("/")
    return address if address.endswith(SUMMARY) else f"{address}{SUMMARY}"


def read_summary(body: bytes, component: str) -> Said:
    """What a summary says of a component, or of the page as a whole where none is named.

    Raises LookupError where not exactly one component has that id or name, ValueError for anything that is
    no summary.
    """
    try:
        summary = json.loads(body)
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None
    match summary:
        case {"components": list(components), "status": {"indicator": str(indicator)}, "page": dict(page)}:
            if component:
                return _find(components, component)
            name = page.get("name")
            return _said(name if isinstance(name, str) else "", indicator)
    raise ValueError("This is no summary.")


def _find(components: list[object], wanted: str) -> Said:
    names: list[Said] = []
    for each in components:
        match each:
            case {"id": str(id_), "name": str(name), "status": str(status)}:
                if id_ == wanted:
                    return _said(name, status)
                if name.strip().casefold() == wanted.casefold():
                    names.append(Said(name, status))
    if len(names) != 1:
        raise LookupError(wanted)
    return _said(names[0].name, names[0].status)


def _said(name: str, status: str) -> Said:
    if status not in SAID:
        raise ValueError("There is no such status.")
    return Said(name, status)
