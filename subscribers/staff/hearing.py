"""What a subscriber hears, in words; and how one is found among a million by a part of the address."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitors.models import LANGUAGES
from subscribers import subjects
from subscribers.models import Kinds, Subscriber

Addressed = TypeVar("Addressed", bound=Model)


def found(addressed: QuerySet[Addressed], wanted: str) -> QuerySet[Addressed]:
    """Those with this in their address: at its beginning where it reads like one, which an index knows."""
    wanted = wanted.strip().replace("\0", "")
    if not wanted:
        return addressed
    if "://" in wanted or "@" in wanted[1:]:
        beginning = addressed.filter(_matches("startswith", wanted))
        if beginning.exists():
            return beginning
    return addressed.filter(_matches("contains", wanted))


def _matches(lookup: str, wanted: str) -> Q:
    # Mail addresses are in lower case, paths as they are.
    return Q(**{f"address__{lookup}": wanted}) | Q(**{f"address__{lookup}": wanted.lower()})


def briefly(subscriber: Subscriber) -> str:
    """What they hear about, as short as it can be said."""
    if subscriber.everything:
        said = _("everything")
    else:
        names = [str(each) for each in (*subscriber.groups.all(), *subscriber.components.all())]
        said = ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
        if not names:
            number = len(subscriber.subjects)
            said = ngettext("%(number)d incident", "%(number)d incidents", number) % {"number": number}
    return said if subscriber.kinds == Kinds.ALL else f"{said} ({Kinds(subscriber.kinds).label})"


def in_words(subscriber: Subscriber) -> list[str]:
    """What they hear about, and how: sentences."""
    kinds = _("Messages: %(kinds)s.") % {"kinds": Kinds(subscriber.kinds).label}
    sentences = [_scope(subscriber), kinds]
    if subscriber.subjects:
        known = subjects.known(subscriber.subjects)
        names = [known[name].title if name in known else name for name in subscriber.subjects]
        sentences.append(_("Follows by name: %(names)s.") % {"names": ", ".join(names)})
    language = dict(LANGUAGES).get(subscriber.language, subscriber.language)
    zone = subscriber.time_zone or subscriber.page.time_zone
    sentences.append(_("In %(language)s, times in %(zone)s.") % {"language": language, "zone": zone})
    if subscriber.format:
        sentences.append(_("In Statuspage’s format."))
    if subscriber.contact:
        sentences.append(_("If it stops working, %(contact)s is told.") % {"contact": subscriber.contact})
    return sentences


def _scope(subscriber: Subscriber) -> str:
    if subscriber.everything:
        return _("Everything on the page.")
    parts = []
    if groups := [str(group) for group in subscriber.groups.all()]:
        parts.append(_("Groups: %(names)s.") % {"names": ", ".join(groups)})
    if components := [str(component) for component in subscriber.components.all()]:
        parts.append(_("Components: %(names)s.") % {"names": ", ".join(components)})
    return " ".join(parts) or _("No component of the page.")
