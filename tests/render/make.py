"""Snapshots for the tests of the renderer: plain builders, and one like the demonstration page."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitors.status import Status
from statuspage.snapshot import (
    Brand,
    Change,
    ComponentState,
    Documents,
    GroupState,
    History,
    IncidentState,
    Keys,
    MaintenanceState,
    Month,
    PageInfo,
    Run,
    Snapshot,
    Text,
    TurnState,
    UpdateState,
    Weights,
)
from tests.render.courses import make_courses
from tests.render.proofs import make_proved

# Of so many components: pages of more would tell the tests of all pages nothing else.
PROVED = 3
NOW = datetime(2026, 11, 22, 14, 40, 12, tzinfo=UTC)
SENTENCE = (
    "Our card processor’s certificate was replaced and our checkout rejects the new one. "
    "A fix is being tested and will go live step by step, Europe first. Carts are kept, and orders "
    "paid before 14:02 are safe. "
)
NAMES = (
    ("Store", "Boutique", ("Checkout", "Catalogue", "Search", "Accounts and sign-in", "Customer e-mail")),
    ("API", "API", ("REST API", "Webhooks", "GraphQL", "Sandbox", "Rate limiter")),
    ("Back office", "Arrière-boutique", ("Orders", "Reports", "Exports", "Invoices", "Users")),
    ("Payments", "Paiements", ("Cards", "Bank transfers", "Refunds", "Payouts", "Fraud checks")),
    (
        "Regions",
        "Régions",
        ("Europe (Paris)", "Europe (Frankfurt)", "Canada (Montréal)", "US East", "Asia (Singapore)"),
    ),
)

TAGS = {
    "Europe (Paris)": ("Europe",),
    "Europe (Frankfurt)": ("Europe",),
    "Canada (Montréal)": ("America",),
    "US East": ("America",),
    "Checkout": ("Europe", "America"),
    "GraphQL": ("Pro plan",),
}


def make_id(text: str) -> str:
    """A public id of 12 characters made of a name."""
    letters = "".join(letter for letter in text.lower() if letter.isascii() and letter.isalnum())
    return (letters + "x" * 12)[:12]


def make_page(**values: Any) -> PageInfo:
    """A page in both languages."""
    defaults: dict[str, Any] = {
        "id": "page00000000",
        "name": "Acme",
        "url": "https://status.acme.example",
        "app_url": "https://app.acme.example",
        "time_zone": "Etc/UTC",
        "languages": ("en", "fr"),
        "default_language": "en",
        "support_url": "https://acme.example/help",
        "demo": False,
        "created_at": NOW - timedelta(days=400),
        "updated_at": NOW - timedelta(minutes=9),
        "weights": Weights(),
        "private": False,
        "security_contact": "",
        "brand": Brand(),
        "keys": Keys(),
    }
    return PageInfo(**{**defaults, **values})


def make_history(*runs: Run, **values: Any) -> History:
    """90 days, operational before the runs given."""
    rest = 90 - sum(run.days for run in runs)
    defaults: dict[str, Any] = {
        "first_day": date(2026, 8, 25),
        "until": NOW.replace(minute=0, second=0),
        "runs": ((Run(rest, Status.OPERATIONAL),) if rest else ()) + runs,
        "uptime_millis": 99_871,
        "coverage_millis": 100_000,
        "since": NOW - timedelta(days=300),
    }
    return History(**{**defaults, **values})


def make_component(called: str = "Checkout", **values: Any) -> ComponentState:
    """An operational, measured component."""
    defaults: dict[str, Any] = {
        "id": make_id(called),
        "slug": make_id(called).lower(),
        "name": Text(called, called),
        "description": Text(""),
        "group_id": None,
        "position": 1,
        "status": Status.OPERATIONAL,
        "since": NOW - timedelta(days=3),
        "declared": False,
        "checked_at": NOW - timedelta(seconds=10),
        "only_show_if_degraded": False,
        "tags": (),
        "created_at": NOW - timedelta(days=300),
        "updated_at": NOW - timedelta(days=3),
        "history": make_history(),
    }
    return ComponentState(**{**defaults, **values})


def make_group(called: str, **values: Any) -> GroupState:
    """A group."""
    defaults: dict[str, Any] = {
        "id": make_id(f"group{called}"),
        "name": Text(called, called),
        "position": 1,
        "created_at": NOW - timedelta(days=300),
        "updated_at": NOW - timedelta(days=200),
    }
    return GroupState(**{**defaults, **values})


def make_update(number: int = 0, **values: Any) -> UpdateState:
    """An update, the higher its number the older."""
    at = NOW - timedelta(minutes=9 + 17 * number)
    defaults: dict[str, Any] = {
        "id": f"update{number:06}",
        "status": "identified",
        "body": Text(SENTENCE, "Un correctif est en test. Les paniers sont conservés."),
        "created_at": at,
        "display_at": at,
        "notified": True,
        "emergency": False,
        "changes": (),
    }
    return UpdateState(**{**defaults, **values})


def make_turn(component: ComponentState, **values: Any) -> TurnState:
    """That a component fell into a major outage."""
    defaults: dict[str, Any] = {
        "id": make_id(f"turn{component.id}"),
        "component_id": component.id,
        "old_status": Status.OPERATIONAL,
        "new_status": Status.MAJOR_OUTAGE,
        "at": NOW - timedelta(minutes=38),
    }
    return TurnState(**{**defaults, **values})


def make_incident(called: str = "Payments cannot be completed", **values: Any) -> IncidentState:
    """An open major incident."""
    at = NOW - timedelta(minutes=38)
    defaults: dict[str, Any] = {
        "id": make_id(called),
        "title": Text(called, "Les paiements n’aboutissent pas"),
        "impact": "major",
        "status": "identified",
        "started_at": at,
        "created_at": at,
        "updated_at": NOW - timedelta(minutes=9),
        "monitoring_at": None,
        "resolved_at": None,
        "next_update_at": NOW + timedelta(minutes=20),
        "component_ids": (),
        "updates": (make_update(0), make_update(1, status="investigating")),
    }
    return IncidentState(**{**defaults, **values})


def make_resolved(called: str, days: int, minutes: int, **values: Any) -> IncidentState:
    """An incident that began some days ago and took some minutes."""
    start = NOW - timedelta(days=days)
    end = start + timedelta(minutes=minutes)
    defaults: dict[str, Any] = {
        "impact": "minor",
        "status": "resolved",
        "started_at": start,
        "created_at": start,
        "updated_at": end,
        "resolved_at": end,
        "next_update_at": None,
        "updates": (make_update(days, status="resolved", display_at=end, body=Text("It works again.")),),
    }
    return make_incident(called, **{**defaults, **values})


def make_maintenance(called: str = "Network maintenance, Montréal", **values: Any) -> MaintenanceState:
    """A maintenance two days ahead."""
    start = NOW.replace(hour=3, minute=0, second=0) + timedelta(days=2)
    defaults: dict[str, Any] = {
        "id": make_id(called),
        "title": Text(called, "Travaux sur le réseau, Montréal"),
        "status": "scheduled",
        "scheduled_for": start,
        "scheduled_until": start + timedelta(hours=1),
        "started_at": None,
        "completed_at": None,
        "created_at": NOW - timedelta(days=5),
        "updated_at": NOW - timedelta(days=5),
        "component_ids": (),
        "updates": (
            make_update(
                400,
                status="scheduled",
                body=Text("A few seconds of interruption.", "Quelques secondes d’interruption."),
            ),
        ),
    }
    return MaintenanceState(**{**defaults, **values})


def make_active(called: str = "Reports: database upgrade", **values: Any) -> MaintenanceState:
    """A maintenance in progress."""
    defaults: dict[str, Any] = {
        "title": Text(called, "Rapports : mise à niveau de la base de données"),
        "status": "in_progress",
        "scheduled_for": NOW - timedelta(hours=1),
        "scheduled_until": NOW + timedelta(minutes=50),
        "started_at": NOW - timedelta(hours=1),
        "updates": (
            make_update(
                500,
                status="in_progress",
                body=Text("Reports are read-only.", "Les rapports sont en lecture seule."),
            ),
        ),
    }
    return make_maintenance(called, **{**defaults, **values})


def make_snapshot(**values: Any) -> Snapshot:
    """A page with one operational component."""
    defaults: dict[str, Any] = {
        "sequence": 41,
        "generated_at": NOW,
        "good_until": NOW + timedelta(seconds=150),
        "page": make_page(),
        "groups": (),
        "components": (make_component(),),
        "incidents": (),
        "maintenances": (),
        "months": ("2026-11", "2026-10", "2025-12"),
    }
    return Snapshot(**{**defaults, **values})


def make_documents(snapshot: Snapshot) -> Documents:
    """The documents of everything in a snapshot; what is proved of the first components alone."""
    month = Month("2026-11", snapshot.incidents, snapshot.maintenances)
    proved = make_proved(snapshot, snapshot.components[:PROVED])
    latencies = make_courses(snapshot.components[:PROVED], NOW)
    return Documents(
        snapshot.incidents,
        snapshot.maintenances,
        (month,),
        snapshot.components,
        latencies=latencies,
        **proved,
    )


def make_ragged_history(chance: random.Random) -> History:
    """90 days as real ones are: some problems, perhaps not watched at first."""
    runs: list[Run] = []
    unwatched = chance.choice((0, 0, 3, 7, 11))
    if unwatched:
        runs.append(Run(unwatched, Status.UNKNOWN))
    left = 90 - unwatched
    for _problem in range(chance.choice((0, 1, 2, 3, 4))):
        quiet = chance.randint(1, 20)
        if quiet + 1 >= left:
            break
        status = chance.choice(
            (
                Status.DEGRADED_PERFORMANCE,
                Status.PARTIAL_OUTAGE,
                Status.MAJOR_OUTAGE,
                Status.UNDER_MAINTENANCE,
            )
        )
        seconds = chance.randint(60, 9000)
        runs += [Run(quiet, Status.OPERATIONAL), Run(1, status, ((status, seconds),))]
        left -= quiet + 1
    runs.append(Run(left, Status.OPERATIONAL))
    since = NOW - timedelta(days=90 - unwatched)
    return make_history(
        *runs,
        uptime_millis=100_000 - chance.randint(0, 300),
        coverage_millis=(90 - unwatched) * 100_000 // 90,
        since=since,
    )


def make_demo(copies: int = 1, **values: Any) -> Snapshot:
    """25 components (times `copies`) in 5 groups with 90 days, in the middle of an outage."""
    chance = random.Random(7)
    groups, components = [], []
    off = {
        "Checkout": Status.MAJOR_OUTAGE,
        "Search": Status.DEGRADED_PERFORMANCE,
        "REST API": Status.PARTIAL_OUTAGE,
        "Sandbox": Status.UNKNOWN,
        "Reports": Status.UNDER_MAINTENANCE,
    }
    for place, (en, fr, names) in enumerate(NAMES):
        group = make_group(en, name=Text(en, fr), position=place)
        groups.append(group)
        for copy in range(copies):
            for position, name in enumerate(names):
                status = off.get(name, Status.OPERATIONAL) if copy == 0 else Status.OPERATIONAL
                components.append(
                    make_component(
                        name + (f" {copy}" if copy else ""),
                        id=make_id(f"{place}{position}x{copy}x{name}"),
                        group_id=group.id,
                        position=copy * 5 + position,
                        status=status,
                        since=NOW - timedelta(minutes=38),
                        declared=name in ("Users", "Payouts"),
                        tags=TAGS.get(name, ()),
                        checked_at=NOW - timedelta(minutes=26 if status == Status.UNKNOWN else 0, seconds=9),
                        history=make_ragged_history(chance),
                    )
                )
    checkout = components[0]
    change = Change(checkout.id, checkout.name, Status.OPERATIONAL, Status.MAJOR_OUTAGE)
    incident = make_incident(
        impact="critical",
        component_ids=(checkout.id,),
        updates=(
            make_update(0),
            make_update(1, status="investigating", body=Text("Card payments fail for most customers.", "")),
            make_update(
                2,
                status="investigating",
                changes=(change,),
                body=Text("We are looking into failing payments.", "Nous cherchons."),
            ),
        ),
    )
    defaults: dict[str, Any] = {
        "groups": tuple(groups),
        "components": tuple(components),
        "incidents": (
            incident,
            make_resolved("Search results were stale", 5, 72, title=Text("Search results were stale")),
            make_resolved("Webhooks delayed", 11, 26),
            make_resolved("Old trouble", 40, 126),
        ),
        "maintenances": (
            make_maintenance(),
            make_active(component_ids=(components[11].id,)),
            make_maintenance(
                "Storage move",
                status="completed",
                scheduled_for=NOW - timedelta(days=8),
                scheduled_until=NOW - timedelta(days=8) + timedelta(hours=2),
                completed_at=NOW - timedelta(days=8) + timedelta(hours=1),
            ),
        ),
    }
    return make_snapshot(**{**defaults, **values})


def make_prose(seed: int, length: int) -> str:
    """Words that no compressor has seen before."""
    chance = random.Random(seed)
    words: list[str] = []
    while len(" ".join(words)) < length:
        words.append("".join(chance.choices("eeeaaiottnnsrlhdcumpgbfvy", k=chance.randint(2, 9))))
    return " ".join(words)[:length].strip()


def make_busy() -> Snapshot:
    """The demonstration with five open incidents of ten updates of 500 characters each."""
    return make_demo(
        incidents=tuple(
            make_incident(
                f"Trouble {number}: {make_prose(number, 40)}",
                id=f"incident000{number}",
                updates=tuple(
                    make_update(number * 10 + old, body=Text(make_prose(number * 10 + old, 500)))
                    for old in range(10)
                ),
            )
            for number in range(5)
        )
    )
