"""`rollback`: each target shows again what an earlier release showed, as a new and higher release.

What it takes is kept in the private place of each target. The pages then say by themselves that they are
not current, and go on from there with the next post.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.utils.translation import gettext as _

from statuspage.emergency import places, publishing, saying, source, together
from statuspage.emergency.desk import Desk
from statuspage.emergency.publishing import Outcome
from statuspage.emergency.told import Told
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place
from statuspage.publish import Bundle, Private, PublishError, State, undo
from statuspage.publish.undo import Undone


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("sequence", nargs="?", type=int, help=_("the release to go back to"))
    parser.add_argument("--list", action="store_true", help=_("tell which releases can be had back"))
    parser.add_argument("--target", metavar="NAME", help=_("this target alone"))
    parser.add_argument(
        "--trust", action="store_true", help=_("use it although its signature is missing or wrong")
    )
    source.add_patience(parser)
    parser.add_argument("--dry-run", action="store_true", help=_("show what would change, and stop"))


def run(given: Namespace, desk: Desk) -> int:
    """Lists, or goes back. Raises Trouble."""
    told = _chosen(places.targets(desk.vault, given.patience), given.target)
    if given.list or given.sequence is None:
        for line in _all_listed(told, given):
            desk.console.say(line)
        return 0
    files = _all_undone(told, given)
    for each in told:
        desk.console.say(_preview(each, files[each.where]))
    ready = [each for each in told if isinstance(files[each.where], Undone)]
    if given.dry_run or not ready:
        desk.console.say(_("Nothing was published."))
        return saying.DONE if ready else saying.FAILED
    if not desk.console.agreed(_("Go back to release %(sequence)d?") % {"sequence": given.sequence}):
        desk.console.say(_("Nothing was published."))
        return saying.FAILED
    sequence = _next(desk, told, trust=given.trust)
    desk.log("agreed", what="rollback", to=given.sequence, sequence=sequence)
    outcomes = publishing.everywhere(
        lambda each: _back(desk, each, files[each.where], sequence, trust=given.trust), told, given.patience
    )
    saying.report(desk, outcomes, sequence)
    return saying.status_of(outcomes)


def _chosen(told: Sequence[Told], name: str | None) -> list[Told]:
    chosen = [each for each in told if name in (None, each.where)]
    if not chosen:
        names = ", ".join(each.where for each in told)
        raise Trouble(
            _("There is no target “%(name)s”.") % {"name": name},
            _("Choose one of: %(choices)s.") % {"choices": names},
        )
    return chosen


def _all_listed(told: Sequence[Told], given: Namespace) -> Iterator[str]:
    """A line for each target."""
    late = places.slow(given.patience)
    seconds = given.patience or places.SECONDS
    answers = together.each(_listed, told, seconds=seconds, late=lambda _told: late)
    return (f"{each.where}: {answer}" for each, answer in zip(told, answers, strict=True))


def _listed(told: Told) -> str:
    try:
        private, state = _kept(told)
        found = undo.sequences(private, state)
    except Trouble as trouble:
        return trouble.sentence
    except PublishError as error:
        return error.told(_)
    return ", ".join(str(sequence) for sequence in found) or _("nothing can be had back")


def _all_undone(told: Sequence[Told], given: Namespace) -> dict[str, Undone | Trouble]:
    """What it takes at each target, or why it cannot be had."""
    late = Trouble(places.slow(given.patience))
    seconds = given.patience or places.SECONDS
    undone = partial(_undone, given.sequence)
    answers = together.each(undone, told, seconds=seconds, late=lambda _told: late)
    return {each.where: answer for each, answer in zip(told, answers, strict=True)}


def _undone(sequence: int, told: Told) -> Undone | Trouble:
    try:
        return undo.steps_back(*_kept(told), sequence)
    except PublishError as error:
        return Trouble(error.told(_), _("“rollback --list” tells what can be had back."))
    except Trouble as trouble:
        return trouble


def _kept(told: Told) -> tuple[Private, State]:
    if told.place is None or told.state is None:
        raise Trouble(told.trouble or _("nothing is published there yet"))
    private = told.place.target().private
    if private is None:
        raise Trouble(_("this target has no private place, so no earlier release is kept"))
    return private, told.state


def _preview(told: Told, files: Undone | Trouble) -> str:
    if isinstance(files, Trouble):
        return f"✗ {told.where}: {files.sentence}"
    said = {"target": told.where, "changed": len(files.changed), "removed": len(files.removed)}
    return _("%(target)s: %(changed)d files go back, %(removed)d go") % said


def _next(desk: Desk, told: Sequence[Told], *, trust: bool) -> int:
    return publishing.next_sequence(desk.vault, Told(""), told, trust=trust)


def _back(desk: Desk, told: Told, files: Undone | Trouble, sequence: int, *, trust: bool) -> Outcome:
    if isinstance(files, Trouble):
        return Outcome(told.where, trouble=files)
    return publishing.attempted(desk.vault, told, _release(desk, files, sequence), trust=trust)


def _release(desk: Desk, files: Undone, sequence: int) -> Callable[[Place], Outcome]:
    bundle = Bundle(
        page_id=desk.vault.page_id,
        sequence=sequence,
        changed=files.changed,
        removed=files.removed,
        all=None,
        signer=desk.vault.signer,
    )
    return lambda place: publishing.bring(place, bundle)
