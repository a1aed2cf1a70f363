"""The vault: every secret of the emergency tool, in one file that only its passphrase opens.

It is JSON encrypted by age with a passphrase. Opened, it is in memory only: no secret of it is printed,
logged or written anywhere else, and its repr shows none.
"""

import hashlib
import json
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyrage
from django.utils.translation import gettext as _

from statuspage.emergency.trouble import Trouble
from statuspage.publish import TARGETS, ConfigError, Target
from statuspage.signing import Role, Signer

# age measures how fast this machine is and refuses what would take it too long (C2SP age, scrypt recipient):
# beside other work the measure can be far off, so it is taken several times.
TOO_MUCH_WORK = "Excessive work parameter"
ATTEMPTS = 5
VERSION = 1
SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True, slots=True)
class Smtp:
    """An account to send mail by. `security` is "tls", "starttls" or "none"; `sender` an address."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class Place:
    """A target as the application has it, with the keys of its store ("" for none)."""

    name: str
    kind: str
    config: Mapping[str, Any]
    access_key_id: str = field(default="", repr=False)
    secret_access_key: str = field(default="", repr=False)

    def target(self) -> Target:
        """The target, its keys in the environment of this process. Raises ConfigError."""
        config = dict(self.config)
        if self.access_key_id:
            # Two places never share a variable, however alike their names: a key is shown to its store alone.
            name = hashlib.sha256(self.name.encode()).hexdigest()[:32].upper()
            config["access_key_env"] = f"EMERGENCY_{name}_ACCESS_KEY_ID"
            config["secret_key_env"] = f"EMERGENCY_{name}_SECRET_ACCESS_KEY"
            os.environ[config["access_key_env"]] = self.access_key_id
            os.environ[config["secret_key_env"]] = self.secret_access_key
        if self.kind not in TARGETS:
            raise ConfigError("kind", "There is no such kind of target.")
        return TARGETS[self.kind].parse(config)


@dataclass(frozen=True, slots=True)
class Vault:
    """What the tool knows of one page.

    `application_key` is the public key that the application signs with ("" while unknown), `identity`
    decrypts what the application leaves for the tool, `signer` signs what the tool publishes.
    """

    page_id: str
    page_url: str
    languages: tuple[str, ...]
    application_key: str
    identity: pyrage.x25519.Identity = field(repr=False)
    signing: str = field(repr=False)
    smtp: Smtp | None
    targets: tuple[Place, ...]

    @property
    def signer(self) -> Signer:
        """Signs as the emergency tool."""
        return Signer.of(Role.EMERGENCY, self.signing)

    @property
    def recipient(self) -> str:
        """The public half of `identity`: what the application encrypts to."""
        return str(self.identity.to_public())


def check_passphrase(passphrase: str) -> str:
    """A passphrase that may seal a vault. Raises Trouble."""
    if len(passphrase.strip()) < SHORTEST_PASSPHRASE:
        sentence = _("The passphrase has fewer than %(count)d characters.")
        raise Trouble(sentence % {"count": SHORTEST_PASSPHRASE}, _("Take four or five words."))
    return passphrase


def sealed(vault: Vault, passphrase: str) -> bytes:
    """The vault as a file."""
    content = {
        "version": VERSION,
        "page": {"id": vault.page_id, "url": vault.page_url, "languages": list(vault.languages)},
        "application_key": vault.application_key,
        "identity": str(vault.identity),
        "signing": vault.signing,
        "smtp": vault.smtp and {name: getattr(vault.smtp, name) for name in Smtp.__dataclass_fields__},
        "targets": [
            {name: getattr(place, name) for name in Place.__dataclass_fields__} for place in vault.targets
        ],
    }
    return bytes(pyrage.passphrase.encrypt(json.dumps(content).encode(), _typed(passphrase)))


def opened(content: bytes, passphrase: str) -> Vault:
    """The vault of a file. Raises Trouble for a wrong passphrase, a damaged file, a machine too slow."""
    if not content.startswith(b"age-encryption.org/v1\n-> scrypt "):
        raise Trouble(_("sealed.age is damaged."), _("Take another copy of the folder."))
    plain = _decrypted(content, _typed(passphrase))
    try:
        return _read(json.loads(plain))
    except (ValueError, KeyError, TypeError, pyrage.IdentityError):
        raise Trouble(
            _("sealed.age was made by another version of this tool."),
            _("Use the code that lies beside it, or make a new folder with “init”."),
        ) from None


def _decrypted(content: bytes, passphrase: str) -> bytes:
    for _attempt in range(ATTEMPTS):
        try:
            return bytes(pyrage.passphrase.decrypt(content, passphrase))
        except pyrage.DecryptError as error:
            if not str(error).startswith(TOO_MUCH_WORK):
                raise Trouble(
                    _("The passphrase is wrong, or sealed.age is damaged."),
                    _(
                        "Type it again: capitals and spaces count. If it is right, take another copy of the "
                        "folder."
                    ),
                ) from None
    raise Trouble(
        _("This machine is too slow or too busy to open sealed.age; the passphrase was not tried."),
        _("Close what else is running and try again, or use a faster machine."),
    )


def _typed(passphrase: str) -> str:
    """The same characters whatever the keyboard and system they were typed on."""
    return unicodedata.normalize("NFKC", passphrase.strip())


def _read(said: Mapping[str, Any]) -> Vault:
    if said["version"] != VERSION:
        raise ValueError("another version")
    page = said["page"]
    vault = Vault(
        page_id=str(page["id"]),
        page_url=str(page["url"]),
        languages=tuple(page["languages"]),
        application_key=str(said["application_key"]),
        identity=pyrage.x25519.Identity.from_str(said["identity"]),
        signing=str(said["signing"]),
        smtp=said["smtp"] and Smtp(**said["smtp"]),
        targets=tuple(Place(**place) for place in said["targets"]),
    )
    Signer.of(Role.EMERGENCY, vault.signing)
    return vault
