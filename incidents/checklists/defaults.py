"""The lists that there are until staff write their own: made when first needed, and theirs from then on."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_noop as N_

from incidents.models import Checklist, ChecklistItem
from incidents.team.said import both

# The class of the advisory locks on kinds of lists (the first of their two keys).
ONE_DEFAULT = 1102
SOCIAL = "social"
OUTAGE, MAINTENANCE, SECURITY = "outage", "maintenance", "security"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do (a message id), by so many minutes after the beginning."""

    text: str
    minutes: int | None = None
    role: str = ""
    offers: str = ""


_ON_CALL, _SUPPORT, _COMMUNICATION = N_("On call"), N_("Support"), N_("Communication")
_LISTS: dict[str, tuple[str, tuple[Item, ...]]] = {
    OUTAGE: (
        N_("Outage"),
        (
            Item(N_("Agree who leads the repair and who writes to customers"), 5, _ON_CALL),
            Item(
                N_("Read the public page: right components, right words, both languages"), 10, _COMMUNICATION
            ),
            Item(N_("Inform colleagues and support, with the link to the incident"), 10, _ON_CALL),
            Item(N_("Turn on the waiting page where nothing answers any more"), 15, _ON_CALL),
            Item(N_("Post on social networks"), 20, _COMMUNICATION, SOCIAL),
            Item(N_("Mail or call the customers who are hit hardest"), 30, _SUPPORT),
            Item(N_("Once it is over: say so wherever it was announced"), None, _COMMUNICATION, SOCIAL),
            Item(N_("Once it is over: turn off the waiting page"), None, _ON_CALL),
            Item(N_("Once it is over: plan the postmortem"), None, _ON_CALL),
        ),
    ),
    MAINTENANCE: (
        N_("Maintenance"),
        (
            Item(
                N_("Read the announcement: right components, right times, both languages"), 0, _COMMUNICATION
            ),
            Item(N_("Inform colleagues and support"), 0, _ON_CALL),
            Item(N_("Prepare the way back, and agree until when it can be taken"), 0, _ON_CALL),
            Item(N_("Turn on the waiting page where nothing will answer"), 0, _ON_CALL),
            Item(N_("Once it is over: check that everything works"), None, _ON_CALL),
            Item(N_("Once it is over: turn off the waiting page"), None, _ON_CALL),
        ),
    ),
    SECURITY: (
        N_("Security incident"),
        (
            Item(N_("Call those responsible for security and for data protection"), 15, _ON_CALL),
            Item(N_("Keep the evidence: logs, images of disks, times"), 30, _ON_CALL),
            Item(N_("Agree what may be said in public, and by whom"), 60, _COMMUNICATION),
            Item(N_("Inform colleagues and support: who asks is sent to whom"), 60, _SUPPORT),
            Item(N_("Post on social networks"), 120, _COMMUNICATION, SOCIAL),
            Item(N_("Personal data: report to the authority within 72 hours"), 72 * 60, _ON_CALL),
            Item(N_("Inform those whose data it concerns"), None, _COMMUNICATION),
        ),
    ),
}
KINDS = tuple(_LISTS)


@transaction.atomic
def ensure(kind: str) -> bool:
    """Make the list of a kind for all pages where there is none of that kind at all. True if it was made."""
    if kind not in _LISTS or Checklist.objects.filter(kind=kind).exists():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ONE_DEFAULT, kind])
    if Checklist.objects.filter(kind=kind).exists():
        return False
    name, items = _LISTS[kind]
    names = both(name)
    made = Checklist.objects.create(kind=kind, name_en=names["en"], name_fr=names["fr"])
    ChecklistItem.objects.bulk_create(_row(made, number, item) for number, item in enumerate(items))
    return True


def _row(made: Checklist, number: int, item: Item) -> ChecklistItem:
    text = both(item.text)
    return ChecklistItem(
        checklist=made,
        text_en=text["en"],
        text_fr=text["fr"],
        role=both(item.role)["en"] if item.role else "",
        minutes=item.minutes,
        offers=item.offers,
        position=number,
    )
