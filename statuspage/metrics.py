"""What is measured, for Prometheus: /metrics, for whoever `scraping` lets in.

Nothing is kept in this process: the database and the broker are asked, a few cheap queries every few seconds
at most, so that any web process gives the same answer.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from monitors import metrics
from monitors.essentials import resting
from monitors.models import Region
from statuspage import broker, scraping
from statuspage.celery import app
from statuspage.latest import Latest
from statuspage.published import shown
from statuspage.version import VERSION

log = logging.getLogger(__name__)

KEPT = 5.0
PLAIN = "text/plain; charset=utf-8"
# What the outbox calls them, and what they are called here.
OUTBOX = {"pending": "waiting", "dead": "failed"}


@require_safe
def scrape(request: HttpRequest) -> HttpResponse:
    """All of it in Prometheus' text format; 403 for whoever may not read it."""
    if not _may(request):
        return HttpResponse("Not from here: METRICS_ALLOW, METRICS_TOKEN.\n", status=403, content_type=PLAIN)
    return HttpResponse(_latest(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may(request: HttpRequest) -> bool:
    if scraping.has_token(request.headers.get("Authorization", ""), settings.METRICS_TOKEN):
        return True
    address = scraping.address_of(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        settings.TRUSTED_PROXIES,
    )
    return scraping.is_listed(address, settings.METRICS_ALLOW)


class Measured(Collector):
    """What is measured at a time: `now` is when."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Every family; of what does not answer only that it does not."""
        yield _gauge("build_info", "The version of the application.", {(VERSION,): 1}, "version")
        up = {("database",): 1, ("broker",): 1}
        queues = {str(queue.name) for queue in app.conf.task_queues}
        try:
            yield from list(self._of_database())
            queues |= {f"probe.{name}" for name in Region.objects.values_list("name", flat=True)}
        except Error as error:
            log.warning("The database does not answer: %s", type(error).__name__)
            up["database",] = 0
        try:
            yield _queues(broker.depths(sorted(queues)))
        except broker.BrokerGone as error:
            log.warning("The broker does not answer: %s", error)
            up["broker",] = 0
        yield _gauge("up", "Whether a part answers.", up, "part")

    def _of_database(self) -> Iterator[Metric]:
        yield from self._schedule()
        yield from _checks()
        yield from self._regions()
        yield _gauge(
            "monitors",
            "Enabled monitors by what they say.",
            {(name,): number for name, number in metrics.verdicts().items()},
            "verdict",
        )
        yield _gauge(
            "published_age_seconds",
            "How old what readers get is; no target: from the application itself.",
            {
                (place.page, place.target): (self._now - place.made_at).total_seconds()
                for place in shown()
                if place.made_at is not None
            },
            *("page", "target"),
        )
        yield _outbox()

    def _schedule(self) -> Iterator[Metric]:
        overdue = metrics.schedule(self._now).overdue
        said = "By how much the check that is due longest is overdue."
        yield _gauge("schedule_overdue_seconds", said, {(): overdue})
        said = "Whether all but posting, publishing and telling rests."
        yield _gauge("resting", said, {(): int(resting() is not None)})

    def _regions(self) -> Iterator[Metric]:
        regions = list(Region.objects.all())
        yield _gauge(
            "region_heard_seconds",
            "How long ago something came from a region, to about ten seconds.",
            {
                (region.name,): max((self._now - region.heard_at).total_seconds(), 0.0)
                for region in regions
                if region.heard_at is not None
            },
            "region",
        )
        said = "Whether a region says nothing although it is asked."
        silent = {(region.name,): int(region.silent_since is not None) for region in regions}
        yield _gauge("region_silent", said, silent, "region")
        said = "Whether the checks of a region doubt their own network."
        doubting = {(region.name,): int(region.offline_since is not None) for region in regions}
        yield _gauge("region_in_doubt", said, doubting, "region")


def _gauge(name: str, said: str, values: Mapping[Any, float], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"statuspage_{name}", said, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


def _queues(depths: dict[str, int]) -> Metric:
    waiting = {(name,): number for name, number in depths.items()}
    return _gauge("queue_messages", "Messages that wait in a queue of the broker.", waiting, "queue")


def _checks() -> Iterator[Metric]:
    results = CounterMetricFamily(
        "statuspage_checks", "Results of checks as they came.", labels=("region", "result")
    )
    lag = HistogramMetricFamily(
        "statuspage_check_lag_seconds",
        "From when a check was due until its result came, without the check itself.",
        labels=("region",),
    )
    bounds = [*map(str, metrics.LAGS), "+Inf"]
    for counted in metrics.checks():
        for result, number in counted.results.items():
            results.add_metric((counted.region, result.value), number)
        buckets = list(zip(bounds, accumulate(counted.lag), strict=True))
        lag.add_metric((counted.region,), buckets, counted.lag_sum)
    yield results
    yield lag


def _outbox() -> Metric:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT state, channel, count(*) FROM subscribers_delivery WHERE state = 'pending' GROUP BY 1, 2
            UNION ALL
            SELECT state, channel, count(*) FROM subscribers_delivery WHERE state = 'dead' GROUP BY 1, 2"""
        )
        numbers = {(OUTBOX[state], channel): number for state, channel, number in cursor}
    said = "Deliveries that wait to be sent, and those that failed for good and wait for staff."
    return _gauge("outbox_deliveries", said, numbers, "state", "channel")


def _made() -> bytes:
    registry = CollectorRegistry()
    registry.register(Measured(timezone.now()))
    return generate_latest(registry)


_latest = Latest(_made, KEPT)
