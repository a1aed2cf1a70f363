"""Keeps mail below the rates of MAIL_RATES, for all sender processes together, and off busy domains.

A domain's row says when the next mail may go (GCRA: `free_at` runs ahead by one mail each). What may not go
now is given back, to be due when its turn may come: it holds no lease and keeps no other domain's mail back.
"""

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from subscribers import claims
from subscribers.channels.base import Message
from subscribers.claims import Batch
from subscribers.models import Throttle
from subscribers.rates import ALL, Rates

CHANNEL = "email"
# So much of its rate may go at once.
BURST = timedelta(seconds=1)
# A domain that wants less of us is left alone as long as this.
BACK_OFF = timedelta(minutes=1)
# Nothing waits longer until it is looked at again: what it waits behind may be gone by then.
LONGEST = timedelta(minutes=15)
# Between two mails to a domain without a rate, once it is free again.
APART = timedelta(milliseconds=20)
KEPT = timedelta(days=1)

_SAVE = """
INSERT INTO subscribers_throttle AS t (domain, free_at)
SELECT * FROM unnest(%(domains)s::text[], %(times)s::timestamptz[])
ON CONFLICT (domain) DO UPDATE SET free_at = greatest(t.free_at, excluded.free_at)
"""


def admit(batch: Batch, rates: Rates, now: datetime) -> Batch:
    """The part of a batch that may go now; the rest is given back."""
    if batch.channel != CHANNEL or not batch.by_id:
        return batch
    domains = {domain_of(message) for message in batch.messages}
    if not domains & rates.keys() and ALL not in rates and not _busy(domains, now):
        return batch
    waiting = _share_out(batch, domains, rates, now)
    claims.postpone(batch, waiting)
    return Batch(
        batch.channel, batch.lease, {id_: each for id_, each in batch.by_id.items() if id_ not in waiting}
    )


@transaction.atomic
def _share_out(batch: Batch, domains: Collection[str], rates: Rates, now: datetime) -> dict[int, datetime]:
    """Take what is free of each rate. Returns the deliveries that get nothing, and until when they wait."""
    names = {*domains, ALL}
    _save(dict.fromkeys(names & rates.keys(), now - BURST))
    tails = {tail(message.notice.id, name) for message in batch.messages for name in names}
    rows = Throttle.objects.select_for_update().filter(domain__in=names | tails).order_by("domain")
    clocks = _Clocks(rates, now, dict(rows.values_list("domain", "free_at")))
    waiting = {}
    for message in batch.messages:
        until = clocks.take(message)
        if until:
            waiting[message.delivery_id] = until
    _save(clocks.free_at)
    return waiting


@dataclass
class _Clocks:
    """When each domain is free, and, per notice, until when others of it wait already."""

    rates: Rates
    now: datetime
    free_at: dict[str, datetime]

    def take(self, message: Message) -> datetime | None:
        """A place for a message; else until when it waits."""
        names = (domain_of(message), ALL)
        until, name = max((self.free_at.get(name, self.now) - self._burst(name), name) for name in names)
        if until > self.now:
            return self._queue(message.notice.id, name, until)
        for name in names:
            if name in self.rates:
                self._move(name, self.rates[name])
        return None

    def _burst(self, name: str) -> timedelta:
        return max(BURST - self.rates[name], timedelta()) if name in self.rates else timedelta()

    def _queue(self, notice: int, name: str, free: datetime) -> datetime:
        queue = tail(notice, name)
        until = max(self.free_at.get(queue, self.now), free)
        if until - self.now > LONGEST:
            return self.now + LONGEST * random.uniform(0.5, 1)  # noqa: S311
        self.free_at[queue] = until
        self._move(queue, self.rates.get(name, APART))
        return until

    def _move(self, name: str, by: timedelta) -> None:
        self.free_at[name] = max(self.free_at.get(name, self.now), self.now) + by


def tail(notice: int, name: str) -> str:
    """Where it is kept until when those of a notice wait: no domain looks like that."""
    return f"{notice} {name}"[:253]


def domain_of(message: Message) -> str:
    """Of a mail address."""
    return message.address.rpartition("@")[2]


def back_off(domains: Iterable[str], now: datetime) -> datetime:
    """Leave domains alone for a while. Returns until when."""
    # One by one: whoever shares out holds some of them in an order of its own.
    for domain in domains:
        _save({domain: now + BACK_OFF})
    return now + BACK_OFF


def _busy(domains: Collection[str], now: datetime) -> bool:
    return Throttle.objects.filter(domain__in=domains, free_at__gt=now).exists()


def _save(free_at: Mapping[str, datetime]) -> None:
    names = sorted(free_at)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {"domains": names, "times": [free_at[name] for name in names]})


def forget(now: datetime) -> int:
    """Drop what nobody waits for any more. Returns how many."""
    return Throttle.objects.filter(free_at__lt=now - KEPT).delete()[0]
