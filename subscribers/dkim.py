"""Signs a finished mail with DKIM (RFC 6376, Ed25519 by RFC 8463): relaxed/relaxed, what matters oversigned.

Nobody can add a second From, Subject or List-Unsubscribe to what is signed. The key is never shown.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

# RFC 8301: a shorter one is not believed.
SHORTEST = 1024
# RFC 8058 asks for both List-Unsubscribe headers.
SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"auto-submitted",
    b"mime-version",
    b"content-type",
)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_FIELD = re.compile(rb"([!-9;-~]+):(.*(?:\r\n[ \t].*)*)\r\n")
_SPACES = re.compile(rb"[ \t]+")
_LINE_END = re.compile(rb"[ \t]+\r\n")
_Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one domain and everything under it."""

    domain: str
    selector: str
    key: _Key = field(repr=False)

    @classmethod
    def parse(cls, key: str, selector: str, domain: str) -> Self:
        """Of a private key in PEM, RSA or Ed25519. Raises ValueError, which never repeats the key."""
        try:
            # In an environment variable line breaks are often written as two characters.
            found = load_pem_private_key(key.replace("\\n", "\n").encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("DKIM_KEY is no private key in PEM without a password.") from None
        if not isinstance(found, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError("DKIM_KEY is neither an RSA nor an Ed25519 key.")
        if isinstance(found, RSAPrivateKey) and found.key_size < SHORTEST:
            raise ValueError("DKIM_KEY is shorter than 1024 bits: receivers do not believe it.")
        for name, value in (("DKIM_SELECTOR", selector), ("DKIM_DOMAIN", domain)):
            if not _NAME.fullmatch(value.lower()):
                raise ValueError(f"{name} is no name for DNS.")
        return cls(domain.lower(), selector.lower(), found)

    @property
    def record(self) -> tuple[str, str]:
        """What belongs into DNS: the name of a TXT record, and its value."""
        public = self.key.public_key()
        if isinstance(self.key, Ed25519PrivateKey):
            kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"{self.selector}._domainkey.{self.domain}", f"v=DKIM1; k={kind}; p={b64encode(raw).decode()}"

    def covers(self, domain: str) -> bool:
        """Whether mail from this domain may be signed: for any other it would prove nothing."""
        return domain.lower() == self.domain or domain.lower().endswith(f".{self.domain}")

    def signed(self, mail: bytes) -> bytes:
        """The mail with a signature before it. Its lines end with CRLF, and each header is there once."""
        head, _separator, body = mail.partition(b"\r\n\r\n")
        found = {name.lower(): value for name, value in _FIELD.findall(head + b"\r\n")}
        names = [name for name in SIGNED if name in found]
        kind = "ed25519" if isinstance(self.key, Ed25519PrivateKey) else "rsa"
        # Each is named once more than it is there: one that somebody adds breaks the signature.
        unsigned = (
            f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector};\r\n"
            f" h={_listed([*names, *SIGNED])};\r\n"
            f" bh={b64encode(sha256(_body(body)).digest()).decode()};\r\n"
            " b="
        ).encode()
        said = b"".join(_header(name, found[name]) + b"\r\n" for name in names)
        signature = self._sign(said + _header(b"dkim-signature", unsigned))
        return b"DKIM-Signature: " + unsigned + _folded(signature) + b"\r\n" + mail

    def _sign(self, said: bytes) -> str:
        if isinstance(self.key, Ed25519PrivateKey):
            return b64encode(self.key.sign(sha256(said).digest())).decode()
        return b64encode(self.key.sign(said, PKCS1v15(), hashes.SHA256())).decode()


def _listed(names: list[bytes]) -> str:
    lines = [names[start : start + 4] for start in range(0, len(names), 4)]
    return ":\r\n  ".join(b":".join(line).decode() for line in lines)


def _folded(signature: str) -> bytes:
    return "\r\n  ".join(signature[start : start + 72] for start in range(0, len(signature), 72)).encode()


def _header(name: bytes, value: bytes) -> bytes:
    """Relaxed (RFC 6376 3.4.2)."""
    return name + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip()


def _body(body: bytes) -> bytes:
    """Relaxed (RFC 6376 3.4.4)."""
    # Looking for what is rarely there first: signing must be quick.
    if b" \r\n" in body or b"\t\r\n" in body:
        body = _LINE_END.sub(b"\r\n", body)
    if b"  " in body or b"\t" in body:
        body = _SPACES.sub(b" ", body)
    lines = body.rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""
