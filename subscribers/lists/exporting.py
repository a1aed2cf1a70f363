"""Writes subscribers as CSV: what an import reads, safe in a spreadsheet, and no secret in it.

Rows are read and written some at a time, however many there are. An address whose owner alone may see it is
shortened, unless somebody asks for it in full.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import QuerySet

from monitors import sheets
from monitors.models import Page
from subscribers.channels import CHANNELS
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
_CHOSEN = ("components", "groups")
# No secret, and nothing of the page, which has pictures in it.
_READ = ["pk", *("page_id" if name == "page" else name for name in COLUMNS if name not in _CHOSEN)]


def exported(subscribers: QuerySet[Subscriber], *, in_full: bool) -> Iterator[str]:
    """The lines of the file, many at a time; `in_full`: with the addresses of webhooks and chats, which are
    secrets.
    """
    # Excel takes it for UTF-8 then.
    yield "\ufeff"
    yield from sheets.written([COLUMNS])
    rows = subscribers.select_related(None).prefetch_related(None).order_by("pk").values(*_READ)
    domains = dict(Page.objects.values_list("pk", "domain"))
    found = rows.iterator(chunk_size=_AT_ONCE)
    while some := list(islice(found, _AT_ONCE)):
        components, groups = _chosen([each["pk"] for each in some])
        yield "".join(
            sheets.written(
                _row(each, domains[each["page_id"]], components, groups, in_full=in_full) for each in some
            )
        )


def _chosen(subscriber_ids: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
    """What these subscribers (primary keys) chose, in one cell each: components, and groups."""
    chosen = Subscriber.objects.order_by().filter(pk__in=subscriber_ids)
    names = (("components", "components__slug"), ("groups", "groups__public_id"))
    components, groups = (
        dict(
            chosen.filter(**{f"{what}__isnull": False})
            .values_list("pk")
            .annotate(named=StringAgg(name, "|", order_by=f"{what}__pk"))
        )
        for what, name in names
    )
    return components, groups


def _row(
    row: Mapping[str, Any],
    domain: str,
    components: Mapping[int, str],
    groups: Mapping[int, str],
    *,
    in_full: bool,
) -> tuple[str, ...]:
    channel = CHANNELS.get(row["channel"])
    address = row["address"] if in_full or not channel else channel.shown(row["address"])
    return (
        domain,
        row["channel"],
        address,
        row["state"],
        row["language"],
        "yes" if row["everything"] else "no",
        components.get(row["pk"], ""),
        groups.get(row["pk"], ""),
        "|".join(row["subjects"]),
        row["kinds"],
        row["time_zone"],
        row["format"],
        row["contact"],
        row["proof"],
        _moment(row["created_at"]),
        _moment(row["confirmed_at"]),
        _moment(row["ended_at"]),
    )


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
