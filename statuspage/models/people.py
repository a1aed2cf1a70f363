"""Who staff are beyond their accounts, who is invited, and what they changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitors.models import LANGUAGES


def roles() -> list[tuple[str, Any]]:
    """The roles as choices, the most powerful first; each is a group of that name."""
    return [
        ("owner", _("Owner")),
        ("operator", _("Operator")),
        ("communicator", _("Communicator")),
        ("viewer", _("Viewer")),
    ]


class Person(models.Model):
    """How one of the staff wants the console."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="person"
    )
    # Where they are; empty: times in the page's zone alone.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    # Empty: as their browser says.
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, blank=True, default="")

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return str(self.user)


class Invitation(models.Model):
    """An address that may become a member of staff, once, in one role."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=20, choices=roles)
    # SHA-256 of the secret in the link.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email


class AuditEntry(models.Model):
    """One change by staff: who, when, from where, what, before and after.

    The database adds entries, and refuses to change or delete one.
    """

    at = models.DateTimeField(_("when"))
    # The name stays where the account goes.
    actor = models.CharField(_("who"), max_length=150)
    actor_id = models.BigIntegerField(null=True)
    # A network address, or the command that was run.
    origin = models.CharField(_("from where"), max_length=100, blank=True)
    # "insert", "update", "delete", or what else was done ("login", "export", …).
    action = models.CharField(_("what"), max_length=40)
    # The table and the key of its row; both empty where no row is meant.
    thing = models.CharField(_("of what"), max_length=60, blank=True)
    key = models.CharField(max_length=60, blank=True)
    label = models.CharField(_("name"), max_length=250, blank=True)
    # Only what changed; secrets and addresses of subscribers are never written here.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["thing", "key"], name="audit_of_one"),
            models.Index(fields=["actor", "-at"], name="audit_of_one_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action}"
