"""What the page says now, from whoever still tells it, and who signed that.

The highest release with a valid signature counts, wherever it is: an older copy, even a genuine one,
never wins over it. What nobody signed whom we know is used only when a person says so.
"""

import asyncio
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from monitors import outbound
from monitors.guard import Allow
from monitors.reasons import OutboundError
from statuspage.document import snapshot_from
from statuspage.emergency import joining, together
from statuspage.emergency.desk import Desk
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Vault
from statuspage.publish import ConfigError, PublishError
from statuspage.publish.state import State
from statuspage.signing import Role, verify
from statuspage.snapshot import Snapshot

DOCUMENT, SIGNATURE = "status.json", "status.json.sig"
SECONDS = 15.0
# Far more than any page; a hostile origin costs no more than that.
LONGEST = 16 * 1024 * 1024
# The page's address was typed by whoever made the folder: it may well be inside their own network.
ANYWHERE = Allow.parse("0.0.0.0/0 [::]/0")


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


def add(parser: ArgumentParser) -> None:
    """The options of whoever reads the page."""
    parser.add_argument(
        "--from",
        dest="from_file",
        metavar="FILE",
        help=_("a copy of status.json, with status.json.sig beside"),
    )
    parser.add_argument(
        "--trust", action="store_true", help=_("use it although its signature is missing or wrong")
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """What counts, what every target tells, and when that was read."""

    best: Told
    told: list[Told]
    at: datetime

    @property
    def snapshot(self) -> Snapshot:
        """What counts."""
        return snapshot(self.best)


def reading(given: Namespace, desk: Desk) -> Reading:
    """The same as `read`, and when. Raises Trouble."""
    return Reading(*read(given, desk), desk.now())


def read(given: Namespace, desk: Desk) -> tuple[Told, list[Told]]:
    """What counts, and what every target tells: asks others where no target is sure.

    Raises Trouble where nothing can be used.
    """
    vault = desk.vault
    if given.from_file:
        return _usable([_from_file(vault, Path(given.from_file))], given.trust, desk), targets(vault)
    told = targets(vault)
    candidates = told
    if not any(each.signed_by for each in told):
        candidates = [*told, from_web(vault), *_kept(vault, desk)]
    return _usable(candidates, given.trust, desk), told


def snapshot(told: Told) -> Snapshot:
    """What `read` found, which is never nothing."""
    if told.snapshot is None:
        raise ValueError("nothing was told")
    return told.snapshot


def targets(vault: Vault) -> list[Told]:
    """What each target of the vault holds, all asked at once."""
    slow = _("it did not answer in %(seconds)d seconds") % {"seconds": SECONDS}
    return together.each(
        partial(_from_target, vault),
        vault.targets,
        seconds=SECONDS,
        late=lambda place: Told(place.name, trouble=slow, place=place),
    )


def keep(desk: Desk, told: Told) -> None:
    """Keeps a copy of what is sure, for a day when nothing else can be read."""
    if told.signed_by:
        for name, content in zip((DOCUMENT, SIGNATURE), told.content, strict=True):
            _replaced(desk.folder.work / name, content)


def judged(vault: Vault, where: str, document: bytes, signature: bytes, *, any_page: bool = False) -> Told:
    """What a document tells and who signed it. Raises nothing: what is wrong is its `trouble`."""
    try:
        snapshot = snapshot_from(json.loads(document))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Told(where, trouble=_("what is there is no status document that this tool can read"))
    if snapshot.page.id != vault.page_id and not any_page:
        return Told(where, trouble=_("another page is published there"))
    return Told(where, snapshot, _signer(vault, document, signature), content=(document, signature))


def _signer(vault: Vault, document: bytes, signature: bytes) -> Role | None:
    keys = {Role.EMERGENCY: vault.signer.public, Role.APPLICATION: vault.application_key}
    return next((role for role, key in keys.items() if key and verify(key, document, signature)), None)


def _usable(candidates: Sequence[Told], trust: bool, desk: Desk) -> Told:
    signed = [each for each in candidates if each.snapshot and each.signed_by]
    if signed:
        best = max(signed, key=_newest)
        keep(desk, best)
        return _joined(best, [each.snapshot for each in signed if each.snapshot])
    forged = [each for each in candidates if each.snapshot]
    if not forged:
        raise Trouble(
            _("Nobody tells what the page said last.") + "".join(f"\n  {_line(each)}" for each in candidates),
            _("If you have a copy of status.json anywhere, give it with --from FILE."),
        )
    best = max(forged, key=_newest)
    if not trust:
        raise Trouble(*_refused(best, desk.vault))
    question = _("Use what %(where)s says although nobody signed it whom we know?")
    if not desk.console.agreed(question % {"where": best.where}):
        raise Trouble(_("Nothing was changed."))
    return best


def _joined(best: Told, others: list[Snapshot]) -> Told:
    """With what others posted in the same emergency, where it reached other targets than ours did."""
    snapshot = best.snapshot and joining.joined(best.snapshot, others)
    return replace(best, snapshot=snapshot)


def _refused(told: Told, vault: Vault) -> tuple[str, str]:
    if not vault.application_key:
        return (
            _("This folder does not know the application’s key: the page cannot be verified."),
            _("Give the key with “bundle --application-key KEY”, or look at “show” and then use --trust."),
        )
    return (
        _(
            "What %(where)s says is signed by nobody whom we know: it was forged, or cut while it was "
            "being written, or the application’s key was changed."
        )
        % {"where": told.where},
        _(
            "Look at it with “show --trust”. If it is right, use --trust; else give a good copy with "
            "--from FILE."
        ),
    )


def _newest(told: Told) -> tuple[int, float]:
    snapshot = told.snapshot
    return (snapshot.sequence, snapshot.generated_at.timestamp()) if snapshot else (0, 0.0)


def _line(told: Told) -> str:
    return f"{told.where}: {told.trouble or _('nothing is there')}"


def _from_target(vault: Vault, place: Place) -> Told:
    try:
        target = place.target()
        insist_on_folder(place)
        state = target.state()
        document = target.read(DOCUMENT)
        signature = target.read(SIGNATURE)
    except (PublishError, ConfigError) as error:
        return Told(place.name, trouble=error.told(_), place=place)
    except OSError as error:
        return Told(place.name, trouble=error.strerror or type(error).__name__, place=place)
    told = judged(vault, place.name, document, signature or b"") if document else Told(place.name)
    return replace(told, state=state, place=place)


def insist_on_folder(place: Place) -> None:
    """A folder that is not on this machine would be made, and customers would see nothing of it."""
    path = str(place.config.get("path", ""))
    if place.kind == "directory" and not Path(path).is_dir():
        raise PublishError(gettext_noop("There is no folder %(path)s on this machine."), path=path)


def from_web(vault: Vault, *, any_page: bool = False) -> Told:
    """What the page's public address tells; `any_page`: whichever page that is."""
    try:
        document, signature = asyncio.run(_fetched(vault.page_url))
    except OutboundError as error:
        reason = _("it cannot be reached (%(reason)s)") % {"reason": _(error.sentence)}
        return Told(vault.page_url, trouble=reason)
    return judged(vault, vault.page_url, document, signature, any_page=any_page)


async def _fetched(url: str) -> tuple[bytes, bytes]:
    async def get(path: str) -> bytes:
        answer = await outbound.exchange(
            "GET", f"{url}/{path}", deadline=SECONDS, allow=ANYWHERE, redirects=3, body_bytes=LONGEST
        )
        return answer.body if answer.status == 200 else b""

    return await get(DOCUMENT), await get(SIGNATURE)


def _from_file(vault: Vault, path: Path) -> Told:
    signature = path.with_name(path.name + ".sig")
    try:
        return judged(
            vault, str(path), path.read_bytes(), signature.read_bytes() if signature.exists() else b""
        )
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error


def _kept(vault: Vault, desk: Desk) -> list[Told]:
    path = desk.folder.work / DOCUMENT
    return [_from_file(vault, path)] if path.exists() else []


def _replaced(path: Path, content: bytes) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        # It is a convenience for later: what is at stake now goes on.
        partial.unlink(missing_ok=True)
