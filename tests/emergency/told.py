"""Subscribers as the application left them at the targets of a kit, and one run of `notify`."""

import base64
import gzip
import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from statuspage.emergency import account, notify
from statuspage.emergency.cli import main as main  # its import makes settings and words
from statuspage.emergency.desk import Desk
from statuspage.emergency.journal import Line, lines
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Smtp, Vault
from statuspage.publish import Private
from statuspage.signing import Signer
from tests.emergency.kit import APPLICATION, Kit

POST = ("post", "--title", "Everything is down", "--en", "We **know**.", "--fr", "Nous savons.")
_vaults: dict[Path, Vault] = {}


def vault_of(kit: Kit) -> Vault:
    """Opened once: its passphrase is made to cost a second."""
    if kit.path not in _vaults:
        _vaults[kit.path] = kit.vault()
    return _vaults[kit.path]


def reader(number: int, **values: Any) -> dict[str, Any]:
    """One subscriber as the list has them."""
    return {
        "id": f"reader{number:06}",
        "channel": "email",
        "address": f"reader{number}@example.com",
        "language": "en",
        "secret": "",
        "everything": True,
        "components": [],
        "unsubscribe": f"https://app.example.com/leave/{number}:signed/",
    } | values


def list_of(
    vault: Vault, readers: Sequence[dict[str, Any]], signer: Signer = APPLICATION, **values: Any
) -> bytes:
    said = {
        "page": vault.page_id,
        "exported_at": datetime.now(UTC).isoformat(),
        "subscribers": list(readers),
    } | values
    document = json.dumps(said).encode()
    signature = signer.sign(account.list_message(hashlib.sha256(document)))
    packed = gzip.compress(document + b"\n" + base64.b64encode(signature))
    return bytes(pyrage.encrypt(packed, [vault.identity.to_public()]))


def private(kit: Kit, name: str = "main") -> Private:
    place = next(place for place in vault_of(kit).targets if place.name == name)
    found = place.target().private
    assert found is not None
    return found


def leave_list(kit: Kit, *readers: dict[str, Any], at: str = "main", **values: Any) -> None:
    """What the application left at one target."""
    private(kit, at).put(account.SUBSCRIBERS, list_of(vault_of(kit), readers, **values))


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    out: str
    err: str


class Teller:
    """Runs `notify` with a mail account at `port`."""

    def __init__(self, kit: Kit, port: int, capsys: pytest.CaptureFixture[str]) -> None:
        self.kit = kit
        self.port = port
        self.capsys = capsys

    def desk(self, given: Any) -> Desk:
        desk = Desk(given)
        smtp = Smtp("127.0.0.1", self.port, "none", "", "", "Acme <status@acme.example>")
        desk.vault = replace(vault_of(self.kit), smtp=smtp if self.port else None)
        return desk

    def __call__(self, *words: str, yes: bool = True, command: Any = notify) -> Ran:
        parser = ArgumentParser()
        command.add(parser)
        given = parser.parse_args(words)
        given.bundle, given.passphrase_file, given.yes = str(self.kit.path), None, yes
        self.capsys.readouterr()
        desk = self.desk(given)
        try:
            status = command.run(given, desk)
        except Trouble as trouble:
            desk.console.told(trouble)
            status = 1
        said = self.capsys.readouterr()
        return Ran(status, said.out, said.err)

    def journal(self) -> list[Line]:
        return list(lines((self.kit.path / "work" / "journal.jsonl").read_bytes()))
