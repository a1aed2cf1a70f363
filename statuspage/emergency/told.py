"""What one place tells of the page, and who signed that. Pure.

A document that cannot be read is a trouble of its place, never an exception: others may tell more.
"""

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from statuspage.document import snapshot_from
from statuspage.emergency.vault import Place, Vault
from statuspage.publish.state import State
from statuspage.signing import Role, verify
from statuspage.snapshot import Snapshot

DOCUMENT, SIGNATURE = "status.json", "status.json.sig"
# Bytes of a status document: far more than any page.
LONGEST = 32_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """What one place tells. `signed_by` is None for a signature of nobody we know, or none at all.

    `snapshot` is None where nothing is or where it cannot be read: `trouble` says which.
    """

    where: str
    snapshot: Snapshot | None = None
    signed_by: Role | None = None
    trouble: str = ""
    state: State | None = None
    place: Place | None = None
    content: tuple[bytes, bytes] = (b"", b"")

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was ever published there."""
        return self.snapshot is None and self.state is None and not self.trouble


def judged(vault: Vault, where: str, document: bytes, signature: bytes, *, any_page: bool = False) -> Told:
    """What a document tells and who signed it. Raises nothing: what is wrong is its `trouble`."""
    try:
        if len(document) > LONGEST:
            raise ValueError("too long")
        snapshot = snapshot_from(json.loads(document))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Told(where, trouble=_("what is there is no status document that this tool can read"))
    if snapshot.page.id != vault.page_id and not any_page:
        return Told(where, trouble=_("another page is published there"))
    return Told(where, snapshot, _signer(vault, document, signature), content=(document, signature))


def _signer(vault: Vault, document: bytes, signature: bytes) -> Role | None:
    keys = {Role.EMERGENCY: vault.signer.public, Role.APPLICATION: vault.application_key}
    return next((role for role, key in keys.items() if key and verify(key, document, signature)), None)
