"""The time zones that people choose from: by region, each called by its city, in the reader's language.

One name for each place (the IANA database's `zone.tab`); any other name that the database knows counts too.
"""

import unicodedata
from functools import cache
from importlib.resources import files
from itertools import groupby
from zoneinfo import available_timezones

from babel.dates import get_timezone_location
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Message ids of the regions by which the database sorts its places.
REGIONS = {
    "Africa": gettext_noop("Africa"),
    "America": gettext_noop("America"),
    "Antarctica": gettext_noop("Antarctica"),
    "Arctic": gettext_noop("Arctic"),
    "Asia": gettext_noop("Asia"),
    "Atlantic": gettext_noop("Atlantic"),
    "Australia": gettext_noop("Australia"),
    "Europe": gettext_noop("Europe"),
    "Indian": gettext_noop("Indian Ocean"),
    "Pacific": gettext_noop("Pacific"),
}
UTC = "Etc/UTC"

# Its name, and what it is called.
Zone = tuple[str, str]


def is_zone(name: str) -> bool:
    """Whether the database knows a zone of this name."""
    return name in _every_name()


@cache
def _every_name() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _listed() -> tuple[str, ...]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    return tuple(sorted(line.split("\t")[2] for line in table.splitlines() if line and line[0] != "#"))


def called(name: str, language: str) -> str:
    """What people call a zone: its city, where it has one."""
    if "/" not in name or name.partition("/")[0] not in REGIONS:
        return name.removeprefix("Etc/")
    return get_timezone_location(name, locale=language, return_city=True)


@cache
def by_region(language: str) -> tuple[tuple[str, tuple[Zone, ...]], ...]:
    """The message id of each region, and its zones in the order of the alphabet."""
    return tuple(
        (REGIONS[region], tuple(sorted(((name, called(name, language)) for name in zones), key=_by_call)))
        for region, zones in groupby(_listed(), key=lambda name: name.partition("/")[0])
    )


def _by_call(zone: Zone) -> str:
    # Without accents: É is looked for at E.
    return unicodedata.normalize("NFKD", zone[1]).encode("ascii", "ignore").decode().casefold()


def choices(language: str, chosen: str, first: str) -> list[tuple[str, list[Zone]]]:
    """What a form offers, by region: above all the page's own zone (`first`), UTC, and an unusual choice."""
    listed = [(_(region), list(zones)) for region, zones in by_region(language)]
    own = _("%(zone)s, as on the page") % {"zone": called(first, language)}
    top: list[Zone] = [("", own)]
    top += [(name, called(name, language)) for name in _unlisted(chosen) if name != first]
    return [("", top), *listed]


def _unlisted(chosen: str) -> list[str]:
    """Zones that are offered beside the listed ones."""
    return [UTC] if chosen in ("", UTC, *_listed()) else [UTC, chosen]
