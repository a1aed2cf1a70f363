"""A rehearsal as people and software would get it, by the code that publishes and sends.

Links that belong to one subscriber lead nowhere.
"""

import json

from django.conf import settings
from django.utils import translation

from monitors.fields import SecretField
from statuspage.preview.rehearse import Rehearsal
from statuspage.render import index, pages
from statuspage.render.timeline import Happening
from subscribers import signup, words
from subscribers.channels.base import Message
from subscribers.channels.bodies import Bodies
from subscribers.means import means

_NOBODY = words.Personal(leave="#", manage="#")


def page(rehearsal: Rehearsal, language: str) -> bytes:
    """The front page in one language."""
    with translation.override(language):
        return next(iter(index.page(rehearsal.snapshot, language).values()))


def own(rehearsal: Rehearsal, language: str) -> bytes:
    """The page of what it is about, in one language."""
    snapshot, about = rehearsal.snapshot, rehearsal.told.subject.partition(":")[2]
    listed: list[Happening] = [*snapshot.incidents, *snapshot.maintenances]
    item = next(each for each in listed if each.id == about)
    with translation.override(language):
        return dict(pages.happening(item, snapshot, language)).popitem()[1]


def mail(rehearsal: Rehearsal, language: str) -> words.Text:
    """The mail in one language."""
    return words.step(rehearsal.told, language, _NOBODY)


def webhook(rehearsal: Rehearsal) -> str:
    """The body that our webhooks get, in lines."""
    message = Message(
        delivery_id=0,
        id=rehearsal.told.public_id,
        notice=rehearsal.told,
        attempt=1,
        address="",
        language=rehearsal.told.default_language,
        subscriber_public_id="0" * 12,
        sealed_secret=SecretField().get_prep_value(signup.new_secret()),
    )
    body = Bodies(means(settings)).body(message)
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
