"""Tells the team when customers do not get what is published, and when they get it again.

Once per failure: as long as it goes on, its key stays the same. It runs beside publishing, not in it: a
dead publisher is what it has to find.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext_noop

from incidents import team
from incidents.models import TeamChannel, TeamMessage
from incidents.team import both, said
from monitors.models import LANGUAGES
from statuspage import standing
from statuspage.board.published import GOOD
from statuspage.models import Target
from subscribers.channels.chat_card import Tone

FAILING, RECOVERED = "publish.failing", "publish.recovered"
_FAILING = gettext_noop("Publishing to “%(target)s” fails")
_RECOVERED = gettext_noop("Publishing to “%(target)s” works again")
_TEXT = gettext_noop("%(page)s: %(problems)s")
_SEEN = gettext_noop("%(page)s: what customers see there is up to date.")
_STALE = gettext_noop("Nothing was published there for more than %(minutes)d minutes.")
_NEVER = "never"


def tell(now: datetime) -> None:
    """Tells the team of every target that began to fail or recovered."""
    if not TeamChannel.objects.filter(enabled=True).exists():
        return
    targets = Target.objects.filter(enabled=True, page__hidden=False)
    failing = set()
    # Nothing here needs the one field that cannot be read without its key.
    for target in targets.select_related("page", "page__publishing").defer("page__dead_man_url"):
        if _fails(target, now):
            failing.add(target.pk)
            _tell_of(target, now)
    recovered = {
        target.pk: target
        for target in targets.exclude(pk__in=failing).select_related("page").defer("page__dead_man_url")
    }
    for target, episode in _open_episodes(recovered):
        _tell_recovered(target, episode, now)


def _fails(target: Target, now: datetime) -> bool:
    return not target.page.private and bool(standing.warning(target, now) or _stale(target, now))


def _stale(target: Target, now: datetime) -> bool:
    return target.published_at is not None and now - target.published_at > GOOD


def _tell_of(target: Target, now: datetime) -> None:
    # What moves on while it fails is in no key: a page that is published, but not seen, is so each minute.
    since = target.receipt_at if target.receipt_error else target.published_at
    episode = since.isoformat() if since else _NEVER
    problems = _in_each_language(lambda: " ".join(standing.problems(target)) or _stale_words())
    values = said(
        both(_FAILING, target=target.name),
        both(_TEXT, page=target.page.name, problems=problems),
        f"/admin/statuspage/target/{target.pk}/change/",
        Tone.MAJOR,
    )
    team.tell(FAILING, f"{FAILING}:{target.pk}:{episode}", values, target.page, now)


def _tell_recovered(target: Target, episode: str, now: datetime) -> None:
    values = said(
        both(_RECOVERED, target=target.name),
        both(_SEEN, page=target.page.name),
        f"/admin/statuspage/target/{target.pk}/change/",
        Tone.OVER,
    )
    team.tell(RECOVERED, f"{RECOVERED}:{target.pk}:{episode}", values, target.page, now)


def _open_episodes(targets: dict[int, Target]) -> list[tuple[Target, str]]:
    """The failures that were told, and not yet that they are over."""
    keys = TeamMessage.objects.filter(event__in=[FAILING, RECOVERED]).values_list("key", flat=True)
    told = {tuple(key.split(":", 2)) for key in set(keys)}
    return [
        (targets[int(pk)], episode)
        for event, pk, episode in sorted(told)
        if event == FAILING and int(pk) in targets and (RECOVERED, pk, episode) not in told
    ]


def _stale_words() -> str:
    return translation.gettext(_STALE) % {"minutes": int(GOOD.total_seconds() // 60)}


def _in_each_language(say: Callable[[], str]) -> dict[str, str]:
    found = {}
    for language, _name in LANGUAGES:
        with translation.override(language):
            found[language] = say()
    return found
