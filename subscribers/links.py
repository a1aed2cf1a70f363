"""The absolute addresses that messages carry. Built here alone, so that they agree everywhere."""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.urls import reverse

from subscribers import tokens

if TYPE_CHECKING:
    from subscribers.channels.base import Told


def confirm(app_url: str, notice: "Told") -> str:
    """Where the address is confirmed."""
    return app_url + reverse("subscribers:confirm", args=[tokens.for_confirming(notice.public_id)])


def leave(app_url: str, subscriber_id: str) -> str:
    """Where a subscriber (public id) leaves: a page for people, RFC 8058 for software."""
    return app_url + _path("subscribers:leave") % tokens.for_leaving(subscriber_id)


def leave_by_mail(mailbox: str, subscriber_id: str) -> str:
    """The same by mail to a mailbox that is read: its subject says who leaves."""
    return (
        f"mailto:{quote(mailbox, safe='@')}?subject=unsubscribe%20{quote(tokens.for_leaving(subscriber_id))}"
    )


def manage(app_url: str, subscriber_id: str) -> str:
    """Where a subscriber (public id) changes what they hear, and how."""
    return app_url + _path("subscribers:manage") % tokens.for_managing(subscriber_id)


@cache
def _path(view: str) -> str:
    """The path of a view, with a place for the token: found once, for there are many mails."""
    return reverse(view, args=["token"]).replace("%", "%%").replace("token", "%s")


def details(notice: "Told", language: str) -> str:
    """The permanent address of what a notice is about, in one language if the page speaks it."""
    address = str(notice.payload["url"])
    if language not in notice.languages or language == notice.default_language:
        return address
    return f"{notice.page_url}/{language}{address.removeprefix(notice.page_url)}"
