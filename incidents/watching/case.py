"""One outbreak as it is now: its components, how they look, and whether all have been well for long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.models import Autopost, Outbreak, Stricken
from incidents.watching import observed
from incidents.watching.observed import Look
from monitors.models import Component, Page
from monitors.status import Status


@dataclass(frozen=True, slots=True)
class Part:
    """A component of it, since when it fails or failed, and how it looks now."""

    component: Component
    since: datetime
    look: Look

    @property
    def status(self) -> Status | None:
        """What can be told of it: None where nobody knows."""
        if self.look.well:
            return Status.OPERATIONAL
        return self.look.status if self.look.failing else None


@dataclass(frozen=True, slots=True)
class Case:
    """What there is to decide about; the row of `outbreak` is locked."""

    outbreak: Outbreak
    parts: tuple[Part, ...]
    settings: Autopost
    now: datetime

    @property
    def page(self) -> Page:
        """Where it is told."""
        return self.outbreak.page

    def failing(self) -> tuple[Part, ...]:
        """What fails now, is shown to customers, and of which no other incident tells."""
        wrong = [part for part in self.parts if part.look.failing and part.component.visible]
        others = observed.covered({part.component.pk: part.look for part in wrong}, self.outbreak.incident_id)
        return tuple(part for part in wrong if part.component.pk not in others)

    @property
    def well_since(self) -> datetime | None:
        """Since when all of it has been well; None while anything is not, or is not known."""
        if not all(part.look.well for part in self.parts):
            return None
        since = [part.look.since for part in self.parts if part.look.since is not None]
        return max(since, default=self.outbreak.since)

    @property
    def quiet(self) -> bool:
        """Whether that is long enough to call it over."""
        since = self.well_since
        return since is not None and self.now - since >= timedelta(minutes=self.settings.quiet)


def read(outbreak: Outbreak, now: datetime) -> Case:
    """Looks at everything that belongs to it."""
    rows = list(Stricken.objects.filter(outbreak=outbreak).select_related("component__group"))
    looks = observed.looks([row.component_id for row in rows], now)
    parts = [Part(row.component, row.since, looks[row.component_id]) for row in rows]
    parts.sort(key=lambda part: (part.component.position, part.component.pk))
    chosen = Autopost.objects.filter(page=outbreak.page_id).select_related("begins", "resolves").first()
    return Case(outbreak, tuple(parts), chosen or Autopost(page=outbreak.page), now)
