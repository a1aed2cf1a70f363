"""Writes subscribers as CSV: what an import reads, safe in a spreadsheet, and no secret in it.

Rows are read and written some at a time, however many there are. An address whose owner alone may see it is
shortened, unless somebody asks for it in full.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import QuerySet

from monitors.models import Page
from subscribers.channels import CHANNELS
from subscribers.lists import sheets
from subscribers.models import Subscriber

COLUMNS = (
    "page",
    "channel",
    "address",
    "state",
    "language",
    "everything",
    "components",
    "groups",
    "subjects",
    "kinds",
    "time_zone",
    "format",
    "contact",
    "proof",
    "created_at",
    "confirmed_at",
    "ended_at",
)
_AT_ONCE = 1_000
# No secret, and nothing of the page, which has pictures in it.
_READ = [name for name in COLUMNS if name not in ("components", "groups")]


def exported(subscribers: QuerySet[Subscriber], *, in_full: bool) -> Iterator[str]:
    """The lines of the file; `in_full`: with the addresses of webhooks and chats, which are secrets."""
    # Excel takes it for UTF-8 then.
    yield "\ufeff"
    yield from sheets.written([COLUMNS])
    rows = (
        subscribers.select_related(None).only(*_READ).prefetch_related("components", "groups").order_by("pk")
    )
    domains = dict(Page.objects.values_list("pk", "domain"))
    found = rows.iterator(chunk_size=_AT_ONCE)
    yield from sheets.written(_row(each, domains[each.page_id], in_full) for each in found)


def _row(subscriber: Subscriber, domain: str, in_full: bool) -> tuple[str, ...]:
    channel = CHANNELS.get(subscriber.channel)
    address = subscriber.address if in_full or not channel else channel.shown(subscriber.address)
    return (
        domain,
        subscriber.channel,
        address,
        subscriber.state,
        subscriber.language,
        "yes" if subscriber.everything else "no",
        "|".join(component.slug for component in subscriber.components.all()),
        "|".join(group.public_id for group in subscriber.groups.all()),
        "|".join(subscriber.subjects),
        subscriber.kinds,
        subscriber.time_zone,
        subscriber.format,
        subscriber.contact,
        subscriber.proof,
        _moment(subscriber.created_at),
        _moment(subscriber.confirmed_at),
        _moment(subscriber.ended_at),
    )


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
