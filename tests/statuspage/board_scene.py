"""A page in its hardest hour, as the board shows it."""

from datetime import datetime, timedelta

from incidents.models import Incident
from monitors import record
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.models import Target
from subscribers.models import Delivery, DeliveryState, Notice
from tests.incidents.make import minutes, open_incident, schedule, update_incident
from tests.make import make_component, make_group, make_monitor, make_page
from tests.subscribers.make import make_subscriber


def make_target(page: Page, name: str, now: datetime, **values: object) -> Target:
    """A target that shows the newest release, seen by customers."""
    seen = {"published_at": now, "sequence": 48_211, "receipt_sequence": 48_211, "receipt_at": now}
    config = {"path": f"/srv/{name}", "public_url": f"https://{name.lower().replace(' ', '-')}.example.com"}
    known = {"name": name, "kind": "directory", "config": config}
    return Target.objects.create(page=page, **{**known, **seen, **values})


def make_outage(now: datetime, subscribers: int = 12) -> Incident:
    """Payments are down, a target fails, some were told, one promise is open and another overdue."""
    page = make_page(name="Acme", time_zone="Europe/Paris")
    shop = make_group(page, name_en="Shop", name_fr="Boutique")
    earlier = now - timedelta(days=1)
    checkout, api, search, mail = (
        make_component(page, group=shop, name_en=en, name_fr=fr, now=earlier)
        for en, fr in (
            ("Checkout", "Paiement"),
            ("REST API", "API REST"),
            ("Search", "Recherche"),
            ("Mail", "Courriel"),
        )
    )
    make_watched(search, now - minutes(6))
    for number in range(subscribers):
        make_subscriber(page, address=f"reader{number}@example.com")
    work = schedule(
        page, now=now - minutes(90), scheduled_for=now - minutes(30), scheduled_until=now + minutes(30)
    )
    work.status = "in_progress"
    work.save()
    open_incident(
        page,
        {mail: Status.DEGRADED_PERFORMANCE},
        now=now - minutes(90),
        title_en="Mail is slow",
        title_fr="Le courriel est lent",
        impact="minor",
        next_update_at=now - minutes(12),
    )
    incident = open_incident(
        page,
        {checkout: Status.MAJOR_OUTAGE, api: Status.PARTIAL_OUTAGE},
        now=now - minutes(38),
        title_en="Payments cannot be completed",
        title_fr="Les paiements n’aboutissent pas",
        impact="critical",
    )
    update_incident(
        incident,
        "identified",
        now=now - minutes(9),
        body_en="Our card processor’s **certificate** was replaced. A fix is on its way.",
        body_fr="Le **certificat** de notre prestataire de paiement a été remplacé. Un correctif arrive.",
        next_update_at=now + minutes(20),
    )
    make_target(page, "S3 Paris", now - timedelta(seconds=12))
    failing = {
        "failures": 4,
        "error": "The folder cannot be written.",
        "sequence": 48_190,
        "receipt_sequence": 48_190,
    }
    make_target(page, "Second origin", now - minutes(21), **failing)
    tell(Notice.objects.get(event="incident.updated"), now)
    return incident


def make_watched(component: Component, since: datetime) -> None:
    """A monitor of it says that it is degraded."""
    monitor = make_monitor({component: Status.DEGRADED_PERFORMANCE}, now=since - minutes(60))
    record.declare([component.pk], f"monitor:{monitor.pk}", Status.DEGRADED_PERFORMANCE, since)


def tell(notice: Notice, now: datetime) -> None:
    """Most have it, one failed, one waits."""
    ids = list(notice.deliveries.values_list("pk", flat=True))
    deliveries = Delivery.objects.filter(pk__in=ids[2:])
    deliveries.update(state=DeliveryState.SENT, finished_at=now - minutes(8), attempts=1)
    Delivery.objects.filter(pk__in=ids[:1]).update(state=DeliveryState.DEAD, error="HTTP 500")
