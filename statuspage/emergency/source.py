"""What the page says now, from whoever still tells it.

The highest release with a valid signature counts, wherever it is: an older copy, even a genuine one,
never wins over it. What nobody signed whom we know is used only when a person says so.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from statuspage.emergency import joining, places, typed
from statuspage.emergency.desk import Desk
from statuspage.emergency.told import Told
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Vault
from statuspage.snapshot import Snapshot


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
    add_patience(parser)


def add_patience(parser: ArgumentParser) -> None:
    """The option of whoever waits for targets."""
    parser.add_argument(
        "--patience",
        type=typed.seconds,
        metavar="SECONDS",
        help=_("how long to wait for each target, reading and publishing (a slow line; else 15 and 25)"),
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
        return _usable([places.from_file(vault, Path(given.from_file))], given.trust, desk), places.targets(
            vault, given.patience
        )
    told = places.targets(vault, given.patience)
    candidates = told
    if not any(each.signed_by for each in told):
        candidates = [*told, places.from_web(vault), *places.kept(vault, desk)]
    return _usable(candidates, given.trust, desk), told


def snapshot(told: Told) -> Snapshot:
    """What `read` found, which is never nothing."""
    if told.snapshot is None:
        raise ValueError("nothing was told")
    return told.snapshot


def _usable(candidates: Sequence[Told], trust: bool, desk: Desk) -> Told:
    signed = [each for each in candidates if each.snapshot and each.signed_by]
    if signed:
        best = max(signed, key=_newest)
        places.keep(desk, best)
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
