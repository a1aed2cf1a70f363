"""The first page of an embedded installation: two components that are really watched.

It exists once: nothing happens where any page exists. When the application moves to another port,
what still points to the old one follows; whatever staff changed stays as it is.
"""

from pathlib import Path

from django.db import transaction

from monitors.models import Component, Feed, Monitor, Page
from monitors.status import Status
from statuspage.models import Target

INTERVAL = 10  # seconds between checks: a first look should not have to wait


def health_url(port: int) -> str:
    """Where the application says that it is healthy."""
    return f"http://127.0.0.1:{port}/healthz"


def address(port: int) -> str:
    """The application's port, as TCP sees it."""
    return f"127.0.0.1:{port}"


def origin_url(port: int) -> str:
    """Where the separate origin serves what is published, on the port beside the application's."""
    return f"http://{address(port + 1)}"


@transaction.atomic
def create(app_url: str, port: int, state: Path) -> Page | None:
    """Makes the page, its components with their monitors, and a target in `state`; None where one is."""
    if Page.objects.exists():
        return None
    page = Page.objects.create(name="Status", domain="localhost", url=app_url)
    application = Component.objects.create(
        page=page,
        slug="application",
        name_en="Application",
        name_fr="Application",
        description_en="This installation itself: it answers over HTTP.",
        description_fr="Cette installation elle-même : elle répond par HTTP.",
        position=0,
    )
    network = Component.objects.create(
        page=page,
        slug="network",
        name_en="Network port",
        name_fr="Port réseau",
        description_en="Connections to this installation are accepted.",
        description_fr="Les connexions à cette installation sont acceptées.",
        position=1,
    )
    _watch(application, "http", {"url": health_url(port)})
    _watch(network, "tcp", {"address": address(port)})
    Target.objects.create(page=page, name="public", kind="directory", config=_target(state, port))
    return page


def _target(state: Path, port: int) -> dict[str, str]:
    """The folder that the origin serves, and beside it the one that nothing serves."""
    return {
        "path": str(state / "public"),
        "private_path": str(state / "private"),
        "public_url": origin_url(port),
    }


def _watch(component: Component, kind: str, config: dict[str, str]) -> None:
    monitor = Monitor.objects.create(
        page=component.page, name=component.name_en, kind=kind, config=config, interval=INTERVAL, timeout=5
    )
    Feed.objects.create(monitor=monitor, component=component, impact=Status.MAJOR_OUTAGE.value)


@transaction.atomic
def follow_port(old: int, new: int) -> None:
    """Points to the new port whatever still points to the old one."""
    Monitor.objects.filter(kind="http", config={"url": health_url(old)}).update(
        config={"url": health_url(new)}
    )
    Monitor.objects.filter(kind="tcp", config={"address": address(old)}).update(
        config={"address": address(new)}
    )
    for target in Target.objects.filter(kind="directory", config__public_url=origin_url(old)):
        target.config["public_url"] = origin_url(new)
        target.save(update_fields=["config"])
    Page.objects.filter(url=f"http://localhost:{old}").update(url=f"http://localhost:{new}")
