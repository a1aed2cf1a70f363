"""Every place that may tell what the page says: targets, its public address, a file, what was seen last.

Nobody waits long for any of them: one that hangs is left, and says so as its trouble.
"""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from monitors import outbound
from monitors.network.guard import Allow
from monitors.reasons import OutboundError
from statuspage.emergency import together
from statuspage.emergency.desk import Desk
from statuspage.emergency.told import DOCUMENT, SIGNATURE, Told, judged
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Vault
from statuspage.publish import ConfigError, PublishError

# With publishing.SECONDS and the page's own address after them: less than a minute.
SECONDS = 15
_WEB_SECONDS = 10
# Far more than any page; a hostile origin costs no more than that.
LONGEST = 16 * 1024 * 1024
# The page's address was typed by whoever made the folder: it may well be inside their own network.
ANYWHERE = Allow.parse("0.0.0.0/0 [::]/0")


def targets(vault: Vault, patience: int | None = None) -> list[Told]:
    """What each target of the vault holds, all asked at once; `patience` in seconds."""
    return together.each(
        partial(_from_target, vault),
        vault.targets,
        seconds=patience or SECONDS,
        late=lambda place: Told(place.name, trouble=slow(patience), place=place),
    )


def slow(patience: int | None) -> str:
    """What is said of a place that was not waited for."""
    return _("it did not answer in %(seconds)d seconds") % {"seconds": patience or SECONDS}


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
            "GET", f"{url}/{path}", deadline=_WEB_SECONDS, allow=ANYWHERE, redirects=3, body_bytes=LONGEST
        )
        return answer.body if answer.status == 200 else b""

    # Each its own connection: together they take no longer than one.
    document, signature = await asyncio.gather(get(DOCUMENT), get(SIGNATURE))
    return document, signature


def from_file(vault: Vault, path: Path) -> Told:
    """What a copy of the document tells, its signature beside it. Raises Trouble."""
    signature = path.with_name(path.name + ".sig")
    try:
        return judged(
            vault, str(path), path.read_bytes(), signature.read_bytes() if signature.exists() else b""
        )
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error


def kept(vault: Vault, desk: Desk) -> list[Told]:
    """What this folder saw last, if anything. Raises Trouble."""
    path = desk.folder.work / DOCUMENT
    return [from_file(vault, path)] if path.exists() else []


def keep(desk: Desk, told: Told) -> None:
    """Keeps a copy of what is sure, for a day when nothing else can be read."""
    if told.signed_by:
        for name, content in zip((DOCUMENT, SIGNATURE), told.content, strict=True):
            _replaced(desk.folder.work / name, content)


def _replaced(path: Path, content: bytes) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        # It is a convenience for later: what is at stake now goes on.
        partial.unlink(missing_ok=True)
