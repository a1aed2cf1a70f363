"""`notify`: tells the subscribers what was posted, by the vault's own mail account, by webhooks and in chats.

Nobody who is journaled as told is told again; what was going out when a run was cut short is in doubt, and a
person decides. Before anything is sent, it says how many people that is, and asks.
"""

from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from statuspage.emergency import preview, readers, source, telling
from statuspage.emergency.desk import Desk
from statuspage.emergency.journal import Journal, Step
from statuspage.emergency.means import means_of
from statuspage.emergency.news import News, news
from statuspage.emergency.readers import Listed, Reader
from statuspage.emergency.sharing import Sharing
from statuspage.emergency.trouble import Trouble
from subscribers.channels import CHANNELS, email
from subscribers.channels.base import ChannelDown, Means, Message

DONE, FAILED, PARTLY = 0, 1, 3
CONNECTIONS = 8
_SHOWN = 20


@dataclass
class Plan:
    """Who is to be told what: channel, subscriber (id), messages in order."""

    lines: dict[str, dict[str, deque[Message]]]
    done: int
    failed: int
    unknown: list[tuple[Reader, News]]
    # On channels that this tool does not have: its code is older than the list.
    strange: int = 0

    def people(self, channel: str) -> int:
        """How many subscribers of a channel."""
        return len(self.lines.get(channel, {}))


def add(parser: ArgumentParser) -> None:
    """Its options."""
    source.add(parser)
    readers.add(parser)
    parser.add_argument("--incident", default="", metavar="ID", help=_("tell of this incident alone"))
    parser.add_argument("--only", choices=list(CHANNELS), help=_("tell on this channel alone"))
    parser.add_argument(
        "--connections",
        type=int,
        choices=range(1, 33),
        default=CONNECTIONS,
        metavar="N",
        help=_("connections to the mail server, 1 to 32"),
    )
    parser.add_argument(
        "--resend-unknown", action="store_true", help=_("tell those too who may have been told already")
    )
    parser.add_argument("--retry-failed", action="store_true", help=_("tell those too who refused before"))
    parser.add_argument("--dry-run", action="store_true", help=_("say who would be told, and stop"))


def run(given: Namespace, desk: Desk) -> int:
    """Tells. Raises Trouble."""
    best, _told = source.read(given, desk)
    snapshot = source.snapshot(best)
    told = news(snapshot, given.incident)
    if not told:
        raise Trouble(
            _("Nothing was posted in this emergency that subscribers are to be told."),
            _("“post” or “update” first; “show” tells what the page says."),
        )
    listed = readers.read(given, desk)
    with Journal(desk.folder.work) as journal:
        sharing = Sharing(desk.vault, journal, snapshot.sequence)
        for account in sharing.known():
            journal.adopt(account)
        return _tell(given, desk, told, listed, journal, sharing)


def _tell(
    given: Namespace,
    desk: Desk,
    told: Sequence[News],
    listed: Listed,
    journal: Journal,
    sharing: Sharing,
) -> int:
    planned = plan(told, listed, journal, retry_failed=given.retry_failed, only=given.only)
    _say_unknown(given, desk, planned)
    means = means_of(desk.vault, listed)
    if planned.people("email") and not _can_mail(desk, means):
        planned.lines.pop("email")
    _say_plan(desk, told, listed, planned)
    if not any(planned.lines.values()):
        desk.console.say(_("There is nobody left to tell."))
        sharing.finish()
        return DONE
    if given.dry_run:
        desk.console.say(_("Nobody was told (--dry-run)."))
        return DONE
    if not desk.console.agreed(_("Tell them now?")):
        desk.console.say(_("Nobody was told."))
        return FAILED
    desk.log("telling", updates=[each.update for each in told], channels=_people(planned))
    return telling.tell(desk, planned.lines, means, journal, sharing, given.connections)


def plan(
    told: Sequence[News],
    listed: Listed,
    journal: Journal,
    *,
    retry_failed: bool = False,
    only: str | None = None,
) -> Plan:
    """Who is still to be told what: of each incident every step by webhook, to people the latest."""
    planned = Plan(defaultdict(dict), 0, 0, [])
    numbers = count(1)
    for reader in listed.readers:
        if only and reader.channel != only:
            continue
        if reader.channel not in CHANNELS:
            planned.strange += 1
            continue
        brief = not CHANNELS[reader.channel].every_event
        line: deque[Message] = deque()
        for each in told:
            if not reader.follows(each.told.subject, each.components) or (brief and not each.newest):
                continue
            step = journal.last[key].step if (key := (each.update, reader.id)) in journal.last else None
            if step == Step.SENDING:
                planned.unknown.append((reader, each))
            elif step == Step.SENT:
                planned.done += 1
            elif step == Step.FAILED and not retry_failed:
                planned.failed += 1
            else:
                line.append(message(reader, each, next(numbers)))
        if line:
            planned.lines[reader.channel][reader.id] = line
    return planned


def message(reader: Reader, about: News, number: int) -> Message:
    """One update for one reader; its id is the one that the application would give it afterwards."""
    return Message(
        delivery_id=number,
        id=f"{about.update}{reader.id}",
        notice=about.told,
        attempt=1,
        address=reader.address,
        language=reader.language,
        subscriber_public_id=reader.id,
        sealed_secret=reader.secret,
        sealed_previous=reader.previous_secret,
        time_zone=reader.time_zone,
        format=reader.format,
    )


def _can_mail(desk: Desk, means: Means) -> bool:
    """Whether the mail server takes mail from us. Raises Trouble where it does not."""
    if not means.mail_url:
        desk.console.warn(_("The folder has no mail account: nobody can be told by mail."))
        return False
    try:
        email.check(means)
    except ChannelDown as down:
        raise Trouble(
            _("The mail server takes no mail from this folder’s account: %(reason)s") % {"reason": down},
            _("Correct the account with “bundle --config FILE”, or tell programs alone with --only webhook."),
        ) from None
    return True


def _say_unknown(given: Namespace, desk: Desk, planned: Plan) -> None:
    """What was going out when an earlier run was cut short: the person decides."""
    if not planned.unknown:
        return
    lines = [
        f"  {CHANNELS[reader.channel].shown(reader.address)}: {preview.word(each.title)}"
        for reader, each in planned.unknown[:_SHOWN]
    ]
    if len(planned.unknown) > _SHOWN:
        lines.append("  " + _("and %(count)d more") % {"count": len(planned.unknown) - _SHOWN})
    sentence = ngettext(
        "%(count)d message was going out when an earlier run was cut short; it may have arrived:",
        "%(count)d messages were going out when an earlier run was cut short; they may have arrived:",
        len(planned.unknown),
    )
    desk.console.say(sentence % {"count": len(planned.unknown)} + "\n" + "\n".join(lines))
    asks = desk.console.can_ask and not desk.console.yes
    if given.resend_unknown or (asks and desk.console.agreed(_("Send them again, perhaps twice?"))):
        for number, (reader, each) in enumerate(planned.unknown, 1):
            # Before what is newer.
            line = planned.lines[reader.channel].setdefault(reader.id, deque())
            line.appendleft(message(reader, each, -number))
    else:
        desk.console.say(_("They are left as they are (--resend-unknown sends them again)."))


def _say_plan(desk: Desk, told: Sequence[News], listed: Listed, planned: Plan) -> None:
    titles = dict.fromkeys(preview.word(each.title) for each in told)
    lines = [_("To tell: %(title)s") % {"title": title} for title in titles]
    at = f"{listed.exported_at:%Y-%m-%d %H:%M} UTC"
    lines.append(
        _("The list of subscribers is as of %(at)s (%(where)s).") % {"at": at, "where": listed.where}
    )
    lines += ["  " + line for line in _counts(planned)]
    if planned.done:
        lines.append("  " + _("told before: %(count)d") % {"count": planned.done})
    if planned.failed:
        sentence = _("refused before: %(count)d (--retry-failed tells them too)")
        lines.append("  " + sentence % {"count": planned.failed})
    desk.console.say("\n".join(lines))


def _counts(planned: Plan) -> Iterator[str]:
    """How many that is on each channel; of mail and webhooks also that it is nobody."""
    mails, hooks = planned.people("email"), planned.people("webhook")
    yield ngettext("%(count)d person by mail", "%(count)d people by mail", mails) % {"count": mails}
    yield ngettext("%(count)d webhook", "%(count)d webhooks", hooks) % {"count": hooks}
    for name, channel in CHANNELS.items():
        if name not in ("email", "webhook") and (number := planned.people(name)):
            said = {"count": number, "name": _(channel.label)}
            yield ngettext("%(count)d channel of %(name)s", "%(count)d channels of %(name)s", number) % said
    if planned.strange:
        sentence = _("in ways that this folder’s code does not know: %(count)d (renew it with “bundle”)")
        yield sentence % {"count": planned.strange}


def _people(planned: Plan) -> Mapping[str, int]:
    return Counter({channel: len(lines) for channel, lines in planned.lines.items()})
