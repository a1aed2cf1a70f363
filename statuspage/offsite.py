"""The list of subscribers, and what staff prepared, left for the emergency tool in private places of targets.

It is encrypted to the emergency tool before it leaves: here is only the public key, and what was written
cannot be read here again. Written anew every hour, and as soon as it would say something else.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pyrage
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop

from monitors.models import Component, Page
from statuspage.emergency.account import SUBSCRIBERS, list_message
from statuspage.installation import Installation
from statuspage.kit import kit
from statuspage.locks import Lock, alone
from statuspage.models import Target
from statuspage.publish import TARGETS, ConfigError, Private, PublishError
from subscribers import links
from subscribers.models import State, Subscriber

EVERY = timedelta(hours=1)
_COLUMNS = (
    *("public_id", "channel", "address", "language", "secret", "previous_secret", "previous_until"),
    *("everything", "kinds", "subjects", "time_zone", "format"),
)
NO_RECIPIENT = gettext_noop("The page’s key for the list of subscribers is no age recipient.")

# One look into the index of active subscribers each, and nothing kept: a sum over what the list says.
_SUM = f"""
SELECT count(*), bit_xor(hashtextextended(
    concat_ws(chr(31), s.public_id, s.channel, s.address, s.language, s.secret, s.everything, s.kinds,
        s.subjects, s.time_zone, s.format, s.previous_secret, s.previous_until), 0))
FROM subscribers_subscriber s WHERE s.page_id = %(page)s AND s.state = '{State.ACTIVE}'
"""  # noqa: S608 (only our own constants)
_CHOSEN = f"""
SELECT bit_xor(hashtextextended(concat_ws(chr(31), c.subscriber_id, c.component_id), 0))
FROM subscribers_subscriber s JOIN subscribers_subscriber_components c ON c.subscriber_id = s.id
WHERE s.page_id = %(page)s AND s.state = '{State.ACTIVE}' AND NOT s.everything
"""  # noqa: S608
_GROUPS = f"""
SELECT bit_xor(hashtextextended(concat_ws(chr(31), g.subscriber_id, c.id), 0))
FROM subscribers_subscriber s JOIN subscribers_subscriber_groups g ON g.subscriber_id = s.id
JOIN monitors_component c ON c.group_id = g.group_id
WHERE s.page_id = %(page)s AND s.state = '{State.ACTIVE}' AND NOT s.everything
"""  # noqa: S608

NO_KEY = gettext_noop("None: the page has no emergency key. The emergency tool’s “init” makes one.")
NO_PLACE = gettext_noop("None: this target has no private place (“private_path” or “private_bucket”).")


def missing(target: Target) -> str:
    """Why there is no list of subscribers at a target (a message id, or an error as it was told), or ""."""
    if not target.page.age_recipient:
        return NO_KEY
    try:
        private = TARGETS[target.kind].parse(target.config).private
    except (KeyError, ConfigError):
        return NO_PLACE
    return target.list_error if private else NO_PLACE


def mark(page: Page, app_url: str) -> str:
    """What the list of a page would be made of, as a keyed hash: another one means another list."""
    with connection.cursor() as cursor:
        said: list[Any] = [page.public_id, page.age_recipient, app_url]
        for query in (_SUM, _CHOSEN, _GROUPS):
            cursor.execute(query, {"page": page.pk})
            said += cursor.fetchone()
    said.append(kit(page))
    return salted_hmac("statuspage.offsite", repr(said), algorithm="sha256").hexdigest()


def due(now: datetime, app_url: str) -> list[Target]:
    """The targets whose list is to be written anew, or deleted. One that cannot be published to waits."""
    marks: dict[int, str] = {}
    found = []
    for target in Target.objects.filter(enabled=True, failures=0).select_related("page"):
        if target.page_id not in marks:
            marks[target.page_id] = mark(target.page, app_url) if target.page.age_recipient else ""
        if target.listed != marks[target.page_id] or (target.listed and _old(target, now)):
            found.append(target)
    return found


def _old(target: Target, now: datetime) -> bool:
    # One from further ahead was written before the clock was turned back.
    return target.listed_at is None or abs(now - target.listed_at) >= EVERY


def write(target: Target, now: datetime, by: Installation) -> bool:
    """Leaves the list at one target, signed; False while another process is at it, or on failure.

    Where there is no private place or no recipient (any more), nothing is left there. A failure is kept
    on the target with its reason.
    """
    with alone(Lock.EXPORT, target.pk) as held:
        if not held:
            return False
        try:
            private = TARGETS[target.kind].parse(target.config).private
            if private is not None:
                _leave(target, private, now, by)
        except (PublishError, ConfigError) as error:
            Target.objects.filter(pk=target.pk).update(list_error=str(error)[:500])
            return False
        return private is not None


def _leave(target: Target, private: Private, now: datetime, by: Installation) -> None:
    page = target.page
    if page.age_recipient:
        made_of = mark(page, by.app_url)
        private.put(SUBSCRIBERS, encrypted(page, now, by))
    else:
        made_of = ""
        private.delete(SUBSCRIBERS)
    Target.objects.filter(pk=target.pk).update(
        listed=made_of, listed_at=now if made_of else None, list_error=""
    )


def encrypted(page: Page, now: datetime, by: Installation) -> bytes:
    """The list of a page for the holder of its age identity: JSON, a last line that signs it, gzip.

    Whoever can write there can encrypt: the signature says that it is ours. Raises ConfigError for no
    such recipient.
    """
    try:
        recipient = pyrage.x25519.Recipient.from_str(page.age_recipient)
    except pyrage.RecipientError:
        raise ConfigError("age_recipient", NO_RECIPIENT) from None
    packed = BytesIO()
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
        for piece in _pieces(page, now, by.app_url):
            file.write(piece.encode())
            digest.update(piece.encode())
        file.write(b"\n" + base64.b64encode(by.signer.sign(list_message(digest))))
    return bytes(pyrage.encrypt(packed.getvalue(), [recipient]))


def _pieces(page: Page, now: datetime, app_url: str) -> Iterator[str]:
    yield f'{{"page":{json.dumps(page.public_id)},"exported_at":{json.dumps(now.isoformat())},"subscribers":['
    separator = "\n"
    for subscriber in _subscribers(page, app_url):
        yield separator + json.dumps(subscriber, ensure_ascii=False, separators=(",", ":"))
        separator = ",\n"
    yield "],"
    yield json.dumps(kit(page), ensure_ascii=False, separators=(",", ":")).removeprefix("{")


def _subscribers(page: Page, app_url: str) -> Iterator[dict[str, Any]]:
    ids = Component.objects.order_by("pk").values("public_id")
    chosen = ids.filter(subscribers=OuterRef("pk"))
    # Every component that is in a chosen group now: the tool needs to know no groups.
    grouped = ids.filter(group__subscribers=OuterRef("pk"))
    rows = Subscriber.objects.filter(page=page, state=State.ACTIVE).order_by("pk")
    rows = rows.annotate(chosen=ArraySubquery(chosen), grouped=ArraySubquery(grouped))
    for row in rows.values(*_COLUMNS, "chosen", "grouped").iterator(2000):
        previous = row["previous_until"]
        yield {
            "id": row["public_id"],
            "channel": row["channel"],
            "address": row["address"],
            "language": row["language"],
            "secret": row["secret"],
            "everything": row["everything"],
            "components": [] if row["everything"] else sorted({*row["chosen"], *row["grouped"]}),
            "kinds": row["kinds"],
            "subjects": row["subjects"],
            "time_zone": row["time_zone"],
            "format": row["format"],
            "previous_secret": row["previous_secret"],
            "previous_until": previous.isoformat() if previous else None,
            "unsubscribe": links.leave(app_url, row["public_id"]),
            "manage": links.manage(app_url, row["public_id"]),
        }
