"""The snapshot: everything the public page says, frozen, and the pure rules on it.

`take.py` makes it, `render/` reads nothing else. It imports no Django, so that the emergency tool
can make one from a published `/status.json` (`document.py`). Times are aware UTC datetimes.
"""

from dataclasses import dataclass
from datetime import date, datetime

from monitors.latency.course import Course
from monitors.proving.proof import Proof, Sum
from monitors.status import IMPACTS, Status, worst
from subscribers import overall
from subscribers.overall import Indicator as Indicator

VERSION = 1
# How many turns of components are told of at most: they are in every status document.
TURNS = 300


@dataclass(frozen=True, slots=True)
class Text:
    """One text in every language; a missing language falls back to the other one."""

    en: str
    fr: str = ""

    def in_(self, language: str) -> str:
        """The text in `language` ("en" or "fr"), else in the other one."""
        return (self.fr or self.en) if language == "fr" else (self.en or self.fr)

    def language(self, wanted: str) -> str:
        """The language that `in_(wanted)` really is in: differs from `wanted` on fallback."""
        if wanted == "fr":
            return "fr" if self.fr else "en"
        return "en" if self.en else "fr"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a second of each status costs of uptime, 0 to 1, as decimal text (exact)."""

    major: str = "1"
    partial: str = "0.3"
    degraded: str = "0"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the page's own, for its footer."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class Brand:
    """How a page differs in looks: what is empty is as we made it.

    `accent` is a colour such as "#1f5fbf"; `logo` and `favicon` are the paths of published files,
    named by their content. `legal` is Markdown.
    """

    accent: str = ""
    logo: str = ""
    favicon: str = ""
    links: tuple[Link, ...] = ()
    legal: Text = Text("")


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys (Ed25519, base64) that sign for this page; "" for none."""

    application: str = ""
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """The page itself. `url` and `app_url` have no slash at the end.

    `private` pages are served by the application alone. `security_contact` is a mailto: or https: URI.
    """

    id: str
    name: str
    url: str
    app_url: str
    time_zone: str
    languages: tuple[str, ...]
    default_language: str
    support_url: str
    demo: bool
    created_at: datetime
    updated_at: datetime
    weights: Weights
    private: bool
    security_contact: str
    brand: Brand
    keys: Keys


@dataclass(frozen=True, slots=True)
class Run:
    """Equal calendar days in a row (page's time zone): the worst status of each.

    `seconds` of one such day by status, whole, leaving out operational.
    """

    days: int
    status: Status
    seconds: tuple[tuple[Status, int], ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """90 calendar days of one component as runs, oldest first, ending with the day of `until`.

    `uptime_millis` is thousandths of a percent, floored (99871 = 99.871 %), None without data;
    `coverage_millis` likewise: how much of the days was watched. `since` is when the component
    was first watched; days before it are unknown.
    """

    first_day: date
    until: datetime
    runs: tuple[Run, ...]
    uptime_millis: int | None
    coverage_millis: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ComponentState:
    """A component now. `declared` marks one that no monitor watches: staff said so.

    `since` is when the present status began; `checked_at` the last slot observed by any monitor.
    """

    id: str
    slug: str
    name: Text
    description: Text
    group_id: str | None
    position: int
    status: Status
    since: datetime | None
    declared: bool
    checked_at: datetime | None
    only_show_if_degraded: bool
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    history: History


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group; its components are those whose group_id is its id."""

    id: str
    name: Text
    position: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What an update said of one component."""

    component_id: str
    name: Text
    old_status: Status
    new_status: Status


@dataclass(frozen=True, slots=True)
class UpdateState:
    """One update: `body` is Markdown; `emergency` marks one posted while the application was down.

    `edited_at` is when it was last corrected, after it had been published.
    """

    id: str
    status: str
    body: Text
    created_at: datetime
    display_at: datetime
    notified: bool
    emergency: bool
    changes: tuple[Change, ...]
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentState:
    """An incident with its updates, newest first; `component_ids` are all it ever touched.

    `workaround` is what readers can do until it is over, in Markdown; `scope` who is affected, on one line.
    """

    id: str
    title: Text
    impact: str
    status: str
    started_at: datetime
    created_at: datetime
    updated_at: datetime
    monitoring_at: datetime | None
    resolved_at: datetime | None
    next_update_at: datetime | None
    component_ids: tuple[str, ...]
    updates: tuple[UpdateState, ...]
    workaround: Text = Text("")
    scope: Text = Text("")

    @property
    def open(self) -> bool:
        """Whether it still goes on."""
        return self.status not in ("resolved", "postmortem")

    @property
    def advice(self) -> Text:
        """The workaround while there is something to work around."""
        return self.workaround if self.open else Text("")

    @property
    def concerns(self) -> Text:
        """Who is affected, while anybody is."""
        return self.scope if self.open else Text("")


@dataclass(frozen=True, slots=True)
class MaintenanceState:
    """A maintenance with its updates, newest first."""

    id: str
    title: Text
    status: str
    scheduled_for: datetime
    scheduled_until: datetime
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    component_ids: tuple[str, ...]
    updates: tuple[UpdateState, ...]


@dataclass(frozen=True, slots=True)
class TurnState:
    """That the page said something else of a component from then on; `id` is that of the event."""

    id: str
    component_id: str
    old_status: Status
    new_status: Status
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawnState:
    """That an update (`id`) of an incident or maintenance was taken back before anybody was told of it."""

    id: str
    kind: str
    about_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """That an incident turned out to be another one (`to`), where its readers are led."""

    id: str
    to: str


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month (page's time zone) of the history: "2026-11", newest things first."""

    month: str
    incidents: tuple[IncidentState, ...]
    maintenances: tuple[MaintenanceState, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture of the page's own, by a path named after its content (`assets/<hash>.<type>`)."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Documents:
    """What has a file of its own and changed since the release before: all of it in a first one.

    `components` are those whose own page changed, `proofs` what is proved of their uptime by their ids
    (where that is not known, their pages leave it out), `sums` the sums of their figures that still move,
    `closed` those of closed months where these changed, `titles` what incidents and maintenances are called
    that either names, by their sources; `latencies` the latency of those components that have any, by days of
    UTC; `months` those of the history that changed, newest first.
    `gone` are the ids of incidents and maintenances that are shown no more, `empty` the months without any
    left; `leads` are those that lead to another one.
    """

    incidents: tuple[IncidentState, ...] = ()
    maintenances: tuple[MaintenanceState, ...] = ()
    months: tuple[Month, ...] = ()
    components: tuple[ComponentState, ...] = ()
    proofs: tuple[tuple[str, Proof], ...] = ()
    sums: tuple[tuple[str, tuple[Sum, ...]], ...] = ()
    closed: tuple[tuple[str, tuple[Sum, ...]], ...] = ()
    titles: tuple[tuple[str, Text], ...] = ()
    latencies: tuple[tuple[str, Course], ...] = ()
    assets: tuple[Asset, ...] = ()
    gone: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    leads: tuple[Lead, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A status that a person gave a component outside any incident."""

    component_id: str
    status: Status
    at: datetime


@dataclass(frozen=True, slots=True)
class Emergency:
    """That a person published this with the emergency tool, since when, and until when it stands.

    `declared` is what was said of components outside incidents, the oldest first.
    """

    since: datetime
    until: datetime
    declared: tuple[Declaration, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the index, the API and the feeds say at `generated_at`.

    `incidents`: the open ones and the newest of the rest, at least all that anything was said of in
    the past 31 days, and up to 50 in all, newest first. `maintenances` likewise, the upcoming ones
    included. `months` are the names of all months in the history, newest first. `emergency` is None
    whenever the application itself made it. `turns` are what software was told of components in the past
    31 days, newest first and at most TURNS; `withdrawn` are updates taken back in that time.
    """

    sequence: int
    generated_at: datetime
    good_until: datetime
    page: PageInfo
    groups: tuple[GroupState, ...]
    components: tuple[ComponentState, ...]
    incidents: tuple[IncidentState, ...]
    maintenances: tuple[MaintenanceState, ...]
    months: tuple[str, ...]
    emergency: Emergency | None = None
    turns: tuple[TurnState, ...] = ()
    withdrawn: tuple[WithdrawnState, ...] = ()
    version: int = VERSION

    @property
    def open_incidents(self) -> tuple[IncidentState, ...]:
        """Incidents that still go on, newest first."""
        return tuple(incident for incident in self.incidents if incident.open)

    @property
    def upcoming(self) -> tuple[MaintenanceState, ...]:
        """Maintenances that are planned or going on, the next first."""
        live = [m for m in self.maintenances if m.status in ("scheduled", "in_progress", "verifying")]
        return tuple(sorted(live, key=lambda m: (m.scheduled_for, m.id)))


def indicator(snapshot: Snapshot) -> Indicator:
    """The overall indicator (CONTRACTS 1.4)."""
    impacts = [incident.impact for incident in snapshot.open_incidents]
    return overall.indicator(impacts, [component.status for component in snapshot.components])


def worst_status(snapshot: Snapshot) -> Status:
    """The worst status of any component; operational for a page without components."""
    return worst(component.status for component in snapshot.components) or Status.OPERATIONAL


def troubled(snapshot: Snapshot) -> tuple[ComponentState, ...]:
    """Components in an outage of any kind, the worst first."""
    bad = [component for component in snapshot.components if component.status in IMPACTS]
    return tuple(sorted(bad, key=lambda c: (-c.status.severity, c.position, c.id)))
