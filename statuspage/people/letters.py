"""Letters to staff about their accounts: short, in their language, plain text and HTML.

What changed at an account is told to its owner, and never holds a secret; a link that opens something is
good for one use.
"""

import logging
import threading
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from statuspage.people import devices
from subscribers.channels.base import ChannelDown

log = logging.getLogger(__name__)

# What allauth calls each, and what it says.
_CHANGES = {
    "account/email/password_changed": gettext_lazy("Your password was changed."),
    "account/email/password_set": gettext_lazy("A password was set for your account."),
    "account/email/password_reset": gettext_lazy("Your password was set anew, through a link in a mail."),
    "account/email/email_changed": gettext_lazy("The e-mail address of your account was changed."),
    "account/email/email_deleted": gettext_lazy("An e-mail address was removed from your account."),
    "account/email/email_confirm": gettext_lazy("The e-mail address of your account was confirmed."),
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added to your account."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was removed from your account."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added to your account."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed from your account."),
    "mfa/email/recovery_codes_generated": gettext_lazy(
        "New recovery codes were made; the earlier ones are void."
    ),
    "socialaccount/email/account_connected": gettext_lazy(
        "Your account can now be entered through your provider."
    ),
    "socialaccount/email/account_disconnected": gettext_lazy(
        "Your account cannot be entered through your provider now."
    ),
}


def account(kind: str, email: str, told: dict[str, Any]) -> EmailMultiAlternatives:
    """The letter that allauth asks for. Raises KeyError for one that it never sends here."""
    if kind == "account/email/password_reset_key":
        return _letter(
            email,
            _("Choose a new password"),
            [
                _("Somebody, probably you, asked for a new password for the account %(name)s.")
                % {"name": told["username"]},
                _("The link works once, for one day. If it was not you, there is nothing to do."),
            ],
            told["password_reset_url"],
            _("Choose a new password"),
        )
    if kind == "account/email/email_confirmation":
        return _letter(
            email,
            _("Confirm your new address"),
            [_("The account %(name)s is to use this address.") % {"name": told["user"].get_username()}],
            told["activate_url"],
            _("Confirm on the next page"),
        )
    where = _("From %(ip)s with %(browser)s.") % {
        "ip": told["ip"],
        "browser": devices.named(told["user_agent"] or ""),
    }
    unknown = _("If that was not you, choose a new password and end your other sessions at once.")
    return _letter(
        email, str(_CHANGES[kind]), [where, unknown], f"{settings.APP_URL}/admin/account/", _("Your account")
    )


def invitation(email: str, link: str, inviter: str, role: str, days: int) -> EmailMultiAlternatives:
    """The letter to somebody who is to become staff."""
    lines = [
        _("%(inviter)s invites you to the status console as %(role)s.") % {"inviter": inviter, "role": role},
        _("The link works once, for %(days)s days. Choose a name and a password on the next page.")
        % {"days": days},
    ]
    return _letter(email, _("You are invited to the status console"), lines, link, _("Accept the invitation"))


def _letter(email: str, subject: str, lines: list[str], link: str, label: str) -> EmailMultiAlternatives:
    told = {
        "subject": subject,
        "lines": lines,
        "link": link,
        "label": label,
        "language": get_language(),
        "page": _("Status console"),
        "application": settings.APP_URL,
        "tone": "#1c1b19",
    }
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": get_language() or "en"}
    plain = render_to_string("people/letter.txt", told)
    letter = EmailMultiAlternatives(subject, plain, settings.EMAIL_FROM, [email], headers=headers)
    letter.attach_alternative(render_to_string("people/letter.html", told), "text/html")
    return letter


def send_behind(letter: EmailMultiAlternatives) -> None:
    """Sends while the request goes on; what goes wrong is in the log."""
    threading.Thread(target=_send, args=(letter,), name="letter", daemon=True).start()


def _send(letter: EmailMultiAlternatives) -> None:
    try:
        letter.send()
    except (ChannelDown, ValueError):
        log.exception("A letter about an account could not be sent")
