"""One outbreak as it is now: its components, how they look, and whether all have been well for long.

Silence is never well: of what nothing checks any more only a person can say that it is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    # Of components that nothing checks any more, since when.
    left: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        """Where it is told."""
        return self.outbreak.page

    def failing(self) -> tuple[Part, ...]:
        """What fails now, is shown to customers, is still ours, and of which no other incident tells."""
        wrong = [part for part in self.spoken_of() if part.look.failing]
        others = observed.covered({part.component.pk: part.look for part in wrong}, self.outbreak.incident_id)
        return tuple(part for part in wrong if part.component.pk not in others)

    def spoken_of(self) -> tuple[Part, ...]:
        """What is shown to customers, and is still left to monitoring as it was when it failed."""
        return tuple(part for part in self.parts if part.component.visible and self._ours(part))

    @property
    def handed_over(self) -> bool:
        """Whether staff chose another policy for all of it meanwhile."""
        return bool(self.parts) and not any(map(self._ours, self.parts))

    def _ours(self, part: Part) -> bool:
        return part.component.policy == self.outbreak.policy

    @property
    def well_since(self) -> datetime | None:
        """Since when all of it has been well; None while anything is not, or is not known."""
        if not all(part.look.calm for part in self.parts):
            return None
        since = [part.look.since for part in self.parts if part.look.since is not None]
        return max(since, default=self.outbreak.since)

    @property
    def quiet(self) -> bool:
        """Whether that is long enough to call it over."""
        return self._is_long(self.well_since)

    def unchecked(self) -> tuple[Part, ...]:
        """What nothing checks any more: nobody will ever see that it is well."""
        return tuple(part for part in self.parts if part.component.pk in self.left)

    @property
    def abandoned(self) -> bool:
        """Whether nothing can be waited for: what is still checked is well, and the rest nothing checks."""
        others = [part.look for part in self.parts if part.component.pk not in self.left]
        if not self.left or not all(look.calm for look in others):
            return False
        return self._is_long(max([*self.left.values(), *(look.since for look in others if look.since)]))

    def _is_long(self, since: datetime | None) -> bool:
        return since is not None and self.now - since >= timedelta(minutes=self.settings.quiet)


def read(outbreak: Outbreak, now: datetime) -> Case:
    """Looks at everything that belongs to it."""
    rows = list(Stricken.objects.filter(outbreak=outbreak).select_related("component__group"))
    looks = observed.looks([row.component_id for row in rows], now)
    parts = [Part(row.component, row.since, looks[row.component_id]) for row in rows]
    parts.sort(key=lambda part: (part.component.position, part.component.pk))
    chosen = Autopost.objects.filter(page=outbreak.page_id).select_related("begins", "resolves").first()
    unchecked = [part.component.pk for part in parts if part.look.status is None]
    left = observed.left(unchecked) if unchecked else {}
    return Case(outbreak, tuple(parts), chosen or Autopost(page=outbreak.page), now, left)
