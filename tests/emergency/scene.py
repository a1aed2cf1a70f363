"""A page in the database, a folder that holds what it published, and the emergency tool's words there."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage

from incidents.lifecycle import IncidentStatus
from monitors.ids import public_id
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.document import as_json, snapshot_from
from statuspage.emergency import account, changes
from statuspage.emergency.account import Entry
from statuspage.emergency.changes import Said
from statuspage.installation import installation
from statuspage.publish import TARGETS, Bundle, Target
from statuspage.render.documents import compact
from statuspage.signing import Role, Signer
from statuspage.snapshot import Snapshot, Text
from statuspage.take import take
from tests.make import make_component, make_page

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
SIGNER = Signer.of(Role.EMERGENCY, base64.b64encode(b"e" * 32).decode())
IDENTITY = pyrage.x25519.Identity.generate()


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@dataclass
class Scene:
    """One page with some components, published to a folder with a private one beside it."""

    folder: Path
    page: Page = field(default_factory=lambda: emergency_page())

    @property
    def config(self) -> dict[str, str]:
        return {"path": str(self.folder / "public"), "private_path": str(self.folder / "private")}

    @property
    def target(self) -> Target:
        return TARGETS["directory"].parse(self.config)

    def component(self, **values: Any) -> Component:
        return make_component(self.page, now=NOW - minutes(60), **values)

    def publish(self, now: datetime = NOW) -> Snapshot:
        """What the application says now, at the folder."""
        held = self.target.state()
        sequence = held.sequence + 1 if held else 1
        by = installation()
        snapshot = take(self.page.pk, now=now, sequence=sequence, newer_than=None, by=by).snapshot
        self._put(snapshot, by.signer)
        return snapshot

    def say(self, snapshot: Snapshot, at: datetime, signer: Signer = SIGNER) -> Snapshot:
        """What the emergency tool says, at the folder, as the next release."""
        state = self.target.state()
        assert state is not None
        framed = changes.framed(snapshot, sequence=state.sequence + 1, now=at, until=at + timedelta(hours=4))
        self._put(framed, signer)
        return framed

    def _put(self, snapshot: Snapshot, signer: Signer) -> None:
        held = self.target.state()
        document = compact(as_json(snapshot))
        beat = str(snapshot.generated_at).encode()
        files = {
            "status.json": document,
            "status.json.sig": signer.sign(document),
            "heartbeat.json": beat,
            "index.html": b"",
        }
        self.target.publish(
            Bundle(
                page_id=snapshot.page.id,
                sequence=snapshot.sequence,
                changed=files,
                removed=(),
                all=(lambda: files) if signer.role == Role.APPLICATION else None,
                signer=signer,
                over=held.release if held else "",
            )
        )

    def tell(self, *entries: Entry, signer: Signer = SIGNER) -> None:
        """The account of whom the tool told, in the private place."""
        private = self.target.private
        assert private is not None
        content = account.encoded(self.page.public_id, entries)
        private.put(account.ACCOUNT, content)
        private.put(account.ACCOUNT_SIGNATURE, signer.sign(content))

    def stands(self) -> Snapshot:
        """What the folder says."""
        return snapshot_from(json.loads(self.target.read("status.json") or b""))


def emergency_page(**values: Any) -> Page:
    keys = {"emergency_key": SIGNER.public, "age_recipient": str(IDENTITY.to_public())}
    return make_page(**keys | values)


def said(
    status: str = "investigating",
    at: datetime = NOW,
    components: Iterable[tuple[Component, Status]] = (),
    **values: Any,
) -> Said:
    return Said(
        **{
            "id": public_id(),
            "status": IncidentStatus(status),
            "body": Text("We are *looking* into it.", "Nous cherchons."),
            "components": {component.public_id: new for component, new in components},
            "at": at,
        }
        | values
    )


def post(snapshot: Snapshot, first: Said, incident_id: str = "", **values: Any) -> Snapshot:
    title = values.get("title", Text("Payments fail", "Les paiements échouent"))
    return changes.posted(snapshot, incident_id or public_id(), title, values.get("impact", "major"), first)
