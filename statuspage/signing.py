"""Ed25519 signatures (RFC 8032) on what is published: who holds which key, and who signed.

Two keys sign for a page: the application's and, while it is down, the emergency tool's. No Django,
no database: the emergency tool and `docs/verify.md` use the same few lines.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key


class Role(StrEnum):
    """Whose key it is."""

    APPLICATION = "application"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and whose it is; its repr shows no key."""

    role: Role
    _key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.role.value}, {self.public})"

    @classmethod
    def of(cls, role: Role, secret: str) -> "Signer":
        """The signer of a secret: 32 random bytes in base64 (either alphabet). Raises ValueError."""
        return cls(role, Ed25519PrivateKey.from_private_bytes(_thirty_two_bytes(secret)))

    @property
    def public(self) -> str:
        """The public key: 32 bytes in base64."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of a detached signature."""
        return self._key.sign(message)


def verify(public: str, message: bytes, signature: bytes) -> bool:
    """Whether the holder of `public` signed `message`; False for a key or signature that is none."""
    try:
        Ed25519PublicKey.from_public_bytes(_thirty_two_bytes(public)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem(public: str) -> bytes:
    """A public key as openssl reads it (RFC 8410). Raises ValueError."""
    key = Ed25519PublicKey.from_public_bytes(_thirty_two_bytes(public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def from_pem(content: bytes) -> str:
    """The public key in a file such as `pem` makes. Raises ValueError."""
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("a public key, but not of Ed25519")
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _thirty_two_bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("no base64") from error
    if len(raw) != 32:
        raise ValueError("not 32 bytes")
    return raw
