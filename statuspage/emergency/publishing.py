"""Brings every target to what a person said, each on its own: a dead one stops no other.

Each release is signed, higher than everything there, and partial: it writes what the snapshot makes and
touches nothing else. What somebody whom we do not know claims is not overwritten unless a person says so.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from statuspage.emergency import documents, places, together
from statuspage.emergency.told import DOCUMENT, SIGNATURE, Told
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Vault
from statuspage.publish import Bundle, ConfigError, PublishError, Superseded, Target, claimed_by
from statuspage.render import render
from statuspage.snapshot import Keys, Snapshot

_AT_ONCE = 8
# A target that hangs must not keep the person from the report; see places.SECONDS.
SECONDS = 25


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target: `written` files, or a `trouble`. `superseded`: somebody was faster."""

    target: str
    written: int = 0
    trouble: Trouble | None = None
    superseded: bool = False
    warnings: tuple[str, ...] = ()


def is_ours(vault: Vault, told: Told) -> bool:
    """Whether what stands at a target may be overwritten: it is empty, or claimed by a key we know."""
    if told.state is None:
        return True
    by = claimed_by(told.state, Keys(vault.application_key, vault.signer.public))
    published = told.snapshot.sequence if told.snapshot else 0
    return by is not None or (told.signed_by is not None and published >= told.state.sequence)


def next_sequence(vault: Vault, best: Told, told: Sequence[Told], *, trust: bool) -> int:
    """Higher than all that may be overwritten."""
    claimed = [each.state.sequence for each in told if each.state and (trust or is_ours(vault, each))]
    known = best.snapshot.sequence if best.snapshot else 0
    return max([known, *claimed]) + 1


def files_for(told: Told, after: Snapshot, vault: Vault) -> dict[str, bytes]:
    """The files that a target needs which tells this now; its status document signed."""
    held = told.snapshot if told.signed_by else None
    changed = documents.everything(after) if held is None else documents.difference(held, after)
    files = render(after, changed)
    return {**files, SIGNATURE: vault.signer.sign(files[DOCUMENT])}


def publish(
    vault: Vault, told: Sequence[Told], after: Snapshot, *, trust: bool, patience: int | None = None
) -> list[Outcome]:
    """Publishes to every target that `told` tells of; `patience` in seconds."""
    made: dict[int, dict[str, bytes]] = {}
    for each in told:
        if _held(each) not in made:
            made[_held(each)] = files_for(each, after, vault)

    def bring_one(each: Told) -> Outcome:
        release = partial(_release, vault, made[_held(each)], after.sequence)
        return attempted(vault, each, lambda place: bring(place, release(place)), trust=trust)

    return everywhere(bring_one, told, patience)


def everywhere(
    bring_one: Callable[[Told], Outcome], told: Sequence[Told], patience: int | None
) -> list[Outcome]:
    """What came of each target, all at once; one that is not done in time is left."""
    seconds = patience or SECONDS
    return together.each(bring_one, told, seconds=seconds, late=partial(_left, seconds))


def _held(told: Told) -> int:
    """The release that a target surely holds; 0 where it is not sure."""
    return told.snapshot.sequence if told.snapshot and told.signed_by else 0


def attempted(vault: Vault, told: Told, bring: Callable[[Place], Outcome], *, trust: bool) -> Outcome:
    """What came of one target: whatever is wrong with it is said, and nothing else fails for it."""
    if not trust and not is_ours(vault, told):
        return Outcome(told.where, trouble=_unknown_claim())
    if told.place is None:
        raise ValueError("no target")
    try:
        return bring(told.place)
    except Superseded as error:
        return Outcome(told.where, trouble=_faster(error), superseded=True)
    except ConfigError as error:
        advice = _("Correct the target with “bundle --config FILE”.")
        return Outcome(told.where, trouble=Trouble(error.told(_), advice))
    except PublishError as error:
        return Outcome(told.where, trouble=Trouble(error.told(_), _later()))
    except OSError as error:
        return Outcome(told.where, trouble=Trouble(error.strerror or type(error).__name__, _later()))


def bring(place: Place, bundle: Bundle) -> Outcome:
    """Publishes to one target. Raises PublishError, ConfigError."""
    target = place.target()
    places.insist_on_folder(place)
    result = target.publish(bundle)
    warnings = tuple(warning.told(_) for warning in result.warnings)
    return Outcome(place.name, len(result.written), warnings=warnings)


def _release(vault: Vault, files: Mapping[str, bytes], sequence: int, place: Place) -> Bundle:
    return Bundle(
        page_id=vault.page_id,
        sequence=sequence,
        changed=files,
        removed=(),
        all=None,
        signer=vault.signer,
        previous=partial(_held_before, place.target(), files),
    )


def _held_before(target: Target, files: Mapping[str, bytes]) -> dict[str, bytes | None]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(files, pool.map(target.read, files), strict=True))


def _unknown_claim() -> Trouble:
    return Trouble(
        _("Somebody whom this tool does not know has published there; nothing was overwritten."),
        _(
            "If that was you (the application’s key was changed), use --trust. If not, somebody else can "
            "write there."
        ),
    )


def _faster(error: Superseded) -> Trouble:
    return Trouble(
        _("Somebody else has published release %(sequence)d there; nothing was overwritten.")
        % {"sequence": error.sequence},
        _("Read with “show” what they said, then do yours again if it still needs saying."),
    )


def _left(seconds: float, told: Told) -> Outcome:
    sentence = _("It was not done in %(seconds)d seconds and was left; perhaps it shows it all the same.")
    advice = _("On a slow line, give it more time with --patience SECONDS.")
    return Outcome(told.where, trouble=Trouble(sentence % {"seconds": seconds}, f"{_later()} {advice}"))


def _later() -> str:
    return _(
        "The other targets do not depend on it. Once it can be reached again, “waiting-page” brings it "
        "up to date; nothing is lost meanwhile."
    )
