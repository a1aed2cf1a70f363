"""How the secrets of a monitor travel to the region that checks it: sealed to its own key, or else to ours.

Pure. Whoever reads the broker can neither open what is sealed nor have a worker open it for a check of
their own: what is sealed names the check that it is for.
"""

import functools
import hashlib
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyrage
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

logger = logging.getLogger(__name__)

PREFIX = "age:"
# Sealed with DATA_KEYS.
OURS = "own:"
# What stands for secrets that could not be sealed: nobody opens it, so the check is in doubt, and never
# made without them.
UNSEALABLE = "!"
IDENTITY = "AGE-SECRET-KEY-1"
# More than the monitors of a large installation; each takes a few hundred bytes.
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens secrets: DATA_KEYS, which the core has, and PROBE_KEY, which a region has.

    `probe` is one age identity or more, a line each; other lines are left out, as age itself does.
    """

    data: tuple[str, ...] = field(default=(), repr=False)
    probe: str = field(default="", repr=False)


class SealError(ValueError):
    """Secrets cannot be opened: the message names the setting that is to blame, and no secret."""


def seal(recipient: str, token: str, kind: str, config: Mapping[str, object], keys: Keys) -> str:
    """The secrets of a monitor as they travel to a region; `token` is what the database holds.

    Without a `recipient` (an age public key) they are sealed for a worker with DATA_KEYS. Never raises: what
    cannot be sealed becomes what nobody can open.
    """
    return _sealed(recipient, token, _digest(kind, config), keys.data) if token else ""


def opened(sealed: str, kind: str, config: Mapping[str, object], keys: Keys) -> dict[str, str]:
    """The secrets by the name of their field, for the check that they were sealed for.

    Raises SealError.
    """
    if not sealed:
        return {}
    digest, secrets = _unsealed(sealed, keys)
    if digest != _digest(kind, config):
        raise SealError("These secrets are sealed for another check.")
    return _texts(secrets)


def public_key(probe: str) -> str:
    """The public half of the first identity of a PROBE_KEY. Raises SealError."""
    return str(_identities(probe)[0].to_public())


def check_recipient(text: str) -> None:
    """Raises SealError for what is no public key of age."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise SealError("This is no public key: it begins with age1.") from None


def _digest(kind: str, config: Mapping[str, object]) -> str:
    """Which check it is: another address is another one."""
    return hashlib.sha256(json.dumps([kind, config], sort_keys=True).encode()).hexdigest()


@functools.lru_cache(maxsize=KEPT)
def _sealed(recipient: str, token: str, digest: str, data: tuple[str, ...]) -> str:
    try:
        packed = json.dumps([digest, _decrypted(token, data)]).encode()
        if not recipient:
            return OURS + _fernet(data).encrypt(packed).decode()
        check_recipient(recipient)
        to = pyrage.x25519.Recipient.from_str(recipient)
        return PREFIX + b64encode(pyrage.encrypt(packed, [to])).decode()
    except SealError as error:
        logger.error("The secrets of a monitor cannot be sealed: %s", error)
        return UNSEALABLE


@functools.lru_cache(maxsize=KEPT)
def _unsealed(sealed: str, keys: Keys) -> tuple[str, str]:
    """Which check they are for, and the secrets."""
    if sealed.startswith(OURS):
        packed = _decrypted(sealed.removeprefix(OURS), keys.data)
    elif sealed.startswith(PREFIX):
        packed = _of_region(sealed, keys.probe)
    else:
        raise SealError("These secrets were not sealed: the log of the core says why.")
    match _read(packed):
        case [str(digest), str(secrets)]:
            return digest, secrets
    raise SealError("These secrets cannot be read.")


def _of_region(sealed: str, probe: str) -> str:
    try:
        packed = b64decode(sealed.removeprefix(PREFIX), validate=True)
        return str(pyrage.decrypt(packed, _identities(probe)), "utf-8")
    except (pyrage.DecryptError, ValueError) as error:
        if isinstance(error, SealError):
            raise
        raise SealError("PROBE_KEY does not open these secrets: they are sealed to another key.") from None


@functools.lru_cache(maxsize=KEPT)
def _decrypted(token: str, data: tuple[str, ...]) -> str:
    try:
        return _fernet(data).decrypt(token.encode()).decode()
    except InvalidToken:
        raise SealError("No key of DATA_KEYS opens these secrets.") from None


@functools.lru_cache(maxsize=4)
def _fernet(data: tuple[str, ...]) -> MultiFernet:
    if not data:
        raise SealError("DATA_KEYS is not set, and the region has no key of its own.")
    try:
        return MultiFernet([Fernet(key) for key in data])
    except ValueError:
        raise SealError("A key of DATA_KEYS is none.") from None


@functools.lru_cache(maxsize=4)
def _identities(probe: str) -> list[pyrage.x25519.Identity]:
    lines = [line.strip() for line in probe.splitlines() if line.strip().startswith(IDENTITY)]
    if not lines:
        raise SealError("PROBE_KEY is not set to a key: a line that begins with AGE-SECRET-KEY-1.")
    try:
        return [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError:
        # Without its message, in which there may be a part of the key.
        raise SealError("PROBE_KEY is not a key of age.") from None


def _texts(secrets: str) -> dict[str, str]:
    texts = _read(secrets)
    if isinstance(texts, dict) and all(isinstance(each, str) for each in texts.values()):
        return texts
    raise SealError("These secrets cannot be read.")


def _read(text: str) -> object:
    """What is written as JSON, None for anything else: everybody can seal something to a region."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
